"""Names of languages, tools, products, places and companies that asks are about. One name is never another.

`NAMES` are single words. `SAME` brings spellings of one name to one. Own list; it need not be complete: an unknown word is
never held for another word either."""

from __future__ import annotations

SAME = {
    key: line.split("=")[0].strip()
    for line in """
javascript = js, ecmascript, javascripts
typescript = ts
python = py, cpython
python3 = py3
golang = go-lang
kubernetes = k8s, kube
postgresql = postgres, pg, postgre, psql-db, pgsql
mongodb = mongo
elasticsearch = elastic
nodejs = node.js, node
vuejs = vue.js, vue
reactjs = react.js, react
nextjs = next.js
nuxtjs = nuxt.js, nuxt
expressjs = express.js
angularjs = angular.js
threejs = three.js
d3js = d3.js, d3
csharp = c#, c-sharp
fsharp = f#
cpp = c++
dotnet = .net
powershell = pwsh
dockerfile = docker-file
github = gh
gitlab = git-lab
aws = amazon-web-services
gcp = google-cloud-platform
terraform = tf-cli
tensorflow = tf
pytorch = torch
numpy = np
pandas = pd
macos = osx, mac-os, mac
ubuntu = ubuntu-linux
vscode = vs-code
sklearn = scikit-learn
rabbitmq = rabbit-mq
usa = us, u.s, u.s.a, america
uk = u.k, britain
""".strip().splitlines()
    for key in line.split("=")[1].replace(" ", "").split(",")
}
LANGUAGES = frozenset(
    """javascript typescript python python2 python3 java kotlin scala groovy clojure ruby perl php golang rust swift dart elixir
erlang haskell ocaml lua julia matlab fortran cobol pascal delphi csharp fsharp cpp c c89 c99 c11 cpp11 cpp17 cpp20 objc vb vba
bash zsh fish sh ksh powershell cmd awk sed sql tsql plsql plpgsql html html5 css css3 scss sass less xml json json5 jsonl yaml toml ini csv tsv markdown latex
graphql wasm webassembly solidity zig nim crystal cuda opencl glsl hlsl verilog vhdl assembly r sparql xpath xslt regex cypher
protobuf avro parquet orc hcl jinja jinja2 svg pdf docx xlsx pptx epub rtf png jpeg jpg gif webp avif bmp tiff mp3 mp4 wav flac ogg mkv avi mov webm zip tar gzip rar base64 base32 utf8 utf16 ascii unicode latin1""".split()
)
TOOLS = frozenset(
    """git github gitlab bitbucket svn mercurial docker podman kubernetes kubectl helm minikube kind k3s openshift nomad consul vault
terraform pulumi ansible puppet chef salt vagrant packer jenkins travis circleci argocd flux tekton bazel make cmake ninja maven gradle sbt
npm yarn pnpm bun deno pip pipenv poetry conda venv virtualenv uv cargo gem bundler composer nuget brew homebrew apt dnf yum pacman apk snap flatpak
nginx apache caddy haproxy traefik envoy istio linkerd tomcat jetty iis gunicorn uvicorn celery redis memcached valkey kafka rabbitmq nats zeromq mqtt activemq sqs sns kinesis pulsar
postgresql mysql mariadb sqlite oracle mssql sqlserver mongodb cassandra dynamodb couchdb neo4j elasticsearch opensearch solr influxdb clickhouse snowflake bigquery redshift duckdb cockroachdb firestore firebase supabase hbase hive spark hadoop flink airflow dbt presto trino prometheus grafana loki jaeger zipkin datadog splunk kibana logstash fluentd sentry newrelic nagios
reactjs vuejs angular angularjs svelte nextjs nuxtjs remix gatsby astro ember jquery backbone redux mobx zustand vite webpack rollup esbuild parcel babel eslint prettier jest mocha vitest cypress playwright selenium puppeteer storybook tailwind bootstrap nodejs expressjs nestjs fastify koa electron
django flask fastapi pyramid tornado aiohttp sqlalchemy alembic pydantic pytest unittest numpy pandas polars scipy matplotlib seaborn plotly sklearn tensorflow pytorch keras jax xgboost huggingface transformers langchain opencv nltk spacy httpx
rails sinatra laravel symfony wordpress drupal magento spring hibernate quarkus micronaut junit mockito aspnet blazor entity xamarin maui unity unreal godot flutter ionic cordova android ios ipados watchos
linux ubuntu debian fedora centos rhel arch alpine opensuse gentoo mint kali freebsd windows macos unix wsl powershell vim neovim emacs nano vscode intellij pycharm eclipse xcode tmux screen systemd systemctl journalctl cron crontab rsync scp ssh sftp ftp curl wget grep egrep fgrep pgrep find xargs sed awk jq yq tar chmod chown iptables ufw firewalld nftables selinux apparmor
openssl certbot letsencrypt wireguard openvpn nmap wireshark tcpdump netcat ffmpeg imagemagick pandoc
aws azure gcp heroku vercel netlify cloudflare digitalocean linode lambda ec2 s3 rds ecs eks fargate cloudfront route53 iam cognito gke aks
excel word powerpoint outlook teams slack zoom jira confluence notion trello asana figma photoshop illustrator gimp inkscape blender canva tableau powerbi salesforce hubspot sap stripe paypal shopify
gmail google facebook instagram twitter whatsapp telegram discord youtube tiktok linkedin reddit quora amazon netflix spotify uber apple microsoft samsung iphone ipad macbook pixel galaxy xbox playstation nintendo openai chatgpt claude gemini llama gpt anthropic mistral copilot
tcp udp http https http2 http3 grpc rest soap websocket websockets sse smtp imap pop3 dns dhcp tls ssl oauth oauth2 oidc saml jwt ldap kerberos ipv4 ipv6 icmp bgp arp nat vpn mqtt amqp
md5 sha1 sha256 sha512 sha2 sha3 aes des rsa ecdsa ed25519 bcrypt scrypt argon2 hmac crc32
visa mastercard bitcoin ethereum utc gmt est pst cet cest edt pdt ist""".split()
)
PLACES = frozenset(
    """usa uk england scotland wales ireland france germany spain italy portugal netherlands belgium switzerland austria poland sweden norway denmark finland iceland
greece turkey russia ukraine romania hungary india pakistan bangladesh china japan korea taiwan singapore malaysia indonesia thailand vietnam philippines australia canada mexico brazil argentina chile
colombia peru egypt nigeria kenya ethiopia morocco israel iran iraq europe asia africa california texas florida london paris berlin
madrid rome vienna lisbon tokyo beijing shanghai delhi mumbai bangalore hyderabad pune chennai kolkata sydney toronto york boston chicago seattle dubai moscow""".split()
)
TONGUES = frozenset(
    """english french german spanish italian portuguese dutch polish swedish norwegian danish finnish greek turkish russian ukrainian romanian hungarian hindi urdu bengali
chinese mandarin cantonese japanese korean vietnamese thai arabic hebrew persian latin american british indian european african asian canadian australian mexican brazilian irish scottish""".split()
)
CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december
spring summer autumn winter christmas easter""".split()
)
NAMES = LANGUAGES | TOOLS | PLACES | TONGUES | CALENDAR | frozenset(SAME) | frozenset("javascript typescript".split())
