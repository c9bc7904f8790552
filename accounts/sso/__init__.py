"""Sign-in through an OpenID Connect provider. Who somebody is, is (issuer, subject), never an e-mail address (SSO-1)."""
