"""The rules a new installation begins with (migration 0003 makes rows of them, which admins edit). Pure data.

Word lists: groups parted by "&" must all be there, "|" parts alternatives, "!" means that none may be there.
"""

from __future__ import annotations

from .rule import Rule
from .tiers import Tier

_TOYS = (
    "haiku|poem|joke|limerick|song|lyrics|rhyme|story|tale|essay|novel|movie|film|recipe|riddle|crossword|quiz|board game|slogan|"
    "tagline|birthday|toast|invitation|tweet|caption|greeting card|gedicht|witz|geschichte|chiste|poema|cuento|诗|笑话|故事|कविता|चुटकुला|कहानी"
)
_ABOUT_WORDS = (
    "translate|translation|synonym|synonyms|antonym|spell|spelling|pronounce|meaning of|mean|means|define|definition|plural|noun|verb|"
    "etymology|grammar|proofread|typo|acronym|abbreviation|stand for|uppercase|lowercase|übersetze|bedeutet|bedeutung|traduce|significa|"
    "翻译|意思|अनुवाद|मतलब|अर्थ"
)
_LETTERS = "email|mail to|letter|reminder|reply to|job ad|job posting|cover letter|press release|newsletter|blog post|speech|presentation"
_EXPLAINS = (
    "what is|what's|what are|who is|who was|who wrote|when was|when did|explain|describe|difference between|why do|how does|how do people|"
    "overview of|tell me about|in simple terms|for beginners|to a beginner|was ist|was sind|erkläre|unterschied|qué es|explica|"
    "diferencia|什么是|是什么|解释|区别|क्या है|समझाओ|समझाइए|अंतर"
)
_CHANGE = (
    "fix|add|change|update|remove|delete|drop|rotate|implement|write|build|deploy|roll back|rollback|run|apply|migrate|refactor|move|enable|"
    "disable|configure|set up|create|grant|revoke|patch|modify|replace|rewrite|integrate|store|edit|rename|upgrade|turn off|turn on|give|"
    "reset|switch|open|allow|skip|bypass|encrypt|hash|expose|leak|leaked|restore|purge|truncate|wipe|kill|restart|scale|merge|publish|"
    "release|push|ship|alter|backfill|charge|charges|refund|hotfix|make|handle|connect|verify|validate|extend|shorten|raise|lower|split|invalidate|"
    "install|destroy|clean|overwrite|unlock|impersonate|put|save|harden|turn|bump|quita|spiel|spiele|filtrado|leaks|泄露|开通|लिखो|लीक|दे दो|डिप्लॉय|debug|investigate|review|"
    "ändere|ändern|füge|baue|entferne|lösche|lösch|schreibe|schreib|behebe|stelle|richte|setze|spiele|rotiere|erneuere|aktualisiere|passe|"
    "deaktiviere|aktiviere|gib|verschiebe|implementiere|einbauen|umstellen|"
    "修改|删除|添加|加上|增加|修复|改成|更新|实现|部署|执行|回滚|轮换|关闭|开启|重置|迁移|配置|写|"
    "cambia|añade|agrega|elimina|borra|arregla|corrige|actualiza|implementa|despliega|rota|desactiva|activa|migra|configura|escribe|"
    "बदलो|जोड़ो|हटाओ|ठीक करो|डिलीट|लागू|badlo|jodo|hatao|theek|karo|kardo|kar do|badha do|badhao|bana do|hata do|badal do|lagao|banao"
)
_MUTATE = (
    "apply|change|edit|open|close|delete|remove|destroy|update|upgrade|scale|resize|move|migrate|replace|restart|drain|rotate|renew|enable|"
    "disable|modify|add|fix|make|switch|rename|expose|peer|roll out|downsize|ändere|lösche|öffne|cambia|abre|elimina|actualiza|修改|删除|扩容|बदलो"
)
_SERIOUS = f"!{_TOYS} & !{_ABOUT_WORDS} & !{_EXPLAINS} & !{_LETTERS}"

_ACCESS = (
    "auth|authentication|authenticate|authorization|authorisation|login|logged in|log users in|users log in|log in without|signin|password|passwords|passcode|oauth|"
    "oauth2|oidc|saml|sso|single sign|jwt|mfa|2fa|two factor|totp|passkey|permission|permissions|access control|access rights|rbac|iam|acl|"
    "admin rights|admin role|admin panel|superuser|sudo|privilege|privileges|csrf|cors|access token|refresh token|session token|session cookie|"
    "session expiry|session timeout|user sessions|impersonation|signature check|rate limit login|read access|write access|admin access|an admin|row level security|administrators|"
    "anmeldung|login|passwort|passwörter|berechtigung|berechtigungen|zwei faktor|zugriffsrechte|登录|密码|认证|鉴权|权限|双因素|"
    "autenticación|contraseña|contraseñas|inicio de sesión|permisos|dos factores|लॉगिन|पासवर्ड|अनुमति|प्रमाणीकरण|एडमिन|管理员|administración|administrador"
)
_MONEY = (
    "payment|payments|billing|invoice|invoices|invoicing|refund|refunds|stripe|paypal|adyen|credit card|card number|card numbers|checkout|"
    "payout|payouts|ledger|double charge|charged twice|proration|subscription billing|vat|direct debit|sepa|chargeback|bank transfer|"
    "payroll|saved card|zahlung|zahlungen|rechnung|rechnungen|abrechnung|lastschrift|支付|退款|账单|扣款|结算|发票|"
    "pago|pagos|reembolso|reembolsos|facturación|factura|facturas|cobro|cobros|भुगतान|रिफंड|रिफ़ंड|बिलिंग|payment gateway"
)
_SECRETS = (
    "secret key|secrets|secret|api key|api keys|apikey|private key|private keys|ssh key|ssh keys|signing key|encryption key|access key|"
    "credential|credentials|service account|npm token|github token|deploy token|bearer token|vault|keystore|client secret|certificate|"
    "zugangsdaten|schlüssel|geheimnisse|api schlüssel|密钥|凭证|证书|私钥|credenciales|clave api|claves|clave privada|गुप्त कुंजी|api की"
)
_TABLES = (
    "database|db|table|tables|column|columns|schema|rows|row|records|index|constraint|alembic|flyway|liquibase|rails|django|postgres|mysql|"
    "datenbank|tabelle|spalte|数据库|表|字段|base de datos|tabla|columna|डेटाबेस|टेबल|कॉलम"
)
_PRODUCTION = (
    "production|prod|live system|live site|live database|live server|on live|produktion|produktiv|produktionsdatenbank|produktivsystem|produktivserver|"
    "生产环境|生产|线上|producción|प्रोडक्शन|उत्पादन सर्वर"
)
_NO_PLANT = (
    "olive|wine|film|movie|play|theatre|theater|music|album|factory|crop|oil|milk|cheese|cars|food|egg|energy|paper|line worker|studio|"
    "difference|build and|versus|vs|romeo|props|stage|a prod"
)
_INFRASTRUCTURE = (
    "terraform|pulumi|cloudformation|helm|kubernetes|k8s|firewall|security group|vpc|dns|dns record|load balancer|vpn|bucket policy|"
    "s3 bucket|cluster|node pool|ingress|tls|certificate|cert|network policy|route table|rds|iam role|bastion|nameserver|"
    "infrastructure|infra|brandmauer|防火墙|集群|证书|域名解析|cortafuegos|infraestructura|clúster|फ़ायरवॉल|क्लस्टर"
)


def _lines(*lines: str) -> str:
    return "\n".join(lines)


SHIPPED: tuple[Rule, ...] = (
    Rule(
        "shipped-think",
        "asked to think hard",
        "force",
        r"\bultrathink\b|\b(?<!i )(?:think|reason|reflect) (?:very |really |long and )?(?:hard(?:er)?|deeply|carefully|thoroughly|rigorously|step[- ]by[- ]step)\b|"
        r"\bfrom first principles\b|\breason (?:through|step[- ]by[- ]step)\b|\bdenk\w* (?:bitte )?(?:gründlich|genau|scharf|tief)|"
        r"(?:仔细|深入|认真)(?:地)?思考|从第一性原理|piensa\w* (?:con cuidado|a fondo|detenidamente|paso a paso)|गहराई से सोच|ध्यान से सोच",
        Tier.REASONING,
    ),
    Rule(
        "shipped-proof",
        "proof",
        "force",
        r"^\W*(?:please |can you |now |i want you to )?(?:dis)?prove(?! me\b| you\b| useful| popular)\b|"
        r"\b(?:dis)?prove (?:that|this|it\b|or disprove|by|both|the|its|why|whether|optimality|correctness|safety|progress|minimality|bounds?|sufficien\w+|they|every)|"
        r"\b(?:formal|rigorous|complete|inductive|mathematical) proofs?\b|\b(?:give|with|find|write|need) (?:me )?(?:a |an |the )?proof\b(?! of (?:purchase|payment|delivery|address|"
        r"identity|income|concept|insurance|residence|age|life))|\bproof (?:or|and) (?:a )?counter-?example|\bformally verif|"
        r"\b(?:let|suppose|assume|given)\b[^.?!]{3,240}[.,;:]? (?:then )?(?:show|prove) that\b|^\W*show that (?:every|each|any|all|the (?:set|problem|function|sum|sequence)|there (?:is|are)|no |if )|"
        r"^\W*beweis\w*\b|\bbeweise?,? dass|^\W*zeige?(?::|,? dass)|(?:^|[，。：；,:\s]|请|并|试|来)证明(?!书|信|材料|文件|函)|"
        r"^\W*(?:demuestr|demostrar|prueb[ae] que)\w*|\b(?:y|luego|después) (?:demuestra|prueba)\b|सिद्ध (?:कर|कीजिए)|\bprove (?:karo|kijiye|kar)\b",
        Tier.REASONING,
    ),
    Rule(
        "shipped-security-audit",
        "security audit",
        "force",
        _lines(
            f"security audit|security review|security assessment|security analysis|pentest|penetration test|penetration testing|"
            f"vulnerability assessment|attack surface|red team|sicherheitsaudit|sicherheitsüberprüfung|sicherheitsanalyse|安全审计|"
            f"auditoría de seguridad|सुरक्षा ऑडिट & !when|thanks|schedule|meeting|lunch|invite|done|finished|passed|cost & {_SERIOUS}",
            f"audit & !audit log|audit trail & smart contract|contract for|solidity|cryptography|reentrancy|whole codebase & {_SERIOUS}",
        ),
        Tier.REASONING,
        form="words",
    ),
    Rule(
        "shipped-openers",
        "trivial opener",
        "trivial",
        r"^\W*(?:hi|hello|hey|hallo|moin|hola|namaste|yo|thanks?|thank you|thx|danke|gracias|bye|ok(?:ay)?|good (?:morning|evening|afternoon|night)|"
        r"guten (?:morgen|tag|abend)|buenos días|你好|您好|谢谢|早上好|नमस्ते|धन्यवाद)(?: (?:there|all|everyone|you|again|so much|a lot|that worked))?\W*$",
        Tier.SIMPLE,
    ),
    Rule(
        "shipped-risk-access",
        "touches access",
        "risk",
        _lines(f"{_CHANGE} & {_ACCESS} & {_SERIOUS}"),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-risk-money",
        "touches payments",
        "risk",
        _lines(
            f"{_CHANGE} & {_MONEY} & !paid me|friends|dinner|customer a reply|template|draft|customer asks|support reply & {_SERIOUS}",
            f"double charge|double charges|charged twice|double charged|charge twice & !template|write a reply & {_SERIOUS}",
        ),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-risk-secrets",
        "touches secrets",
        "risk",
        _lines(
            f"{_CHANGE}|committed & {_SECRETS} & !secret santa|secret ingredient|secret garden|secret agent|secret party|gift|admirer|"
            f"achievement|participation|course certificate|safe|piano & {_SERIOUS}",
            "schlüssel|zugangsdaten|passwörter & öffentlich|geleakt|gestohlen|repository",
            "密钥|密码|凭证 & 泄露|泄漏|公开",
            f"rotate the keys|rotate all keys|rotate keys|leaked token|leaked key|token leaked & {_SERIOUS}",
        ),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-risk-migrations",
        "touches stored data",
        "risk",
        _lines(
            f"{_CHANGE} & migration|migrations|data migration|schema change|迁移|migración|माइग्रेशन & {_TABLES} & !bird|birds|whale|animal|human & {_SERIOUS}",
            f"run|apply|write|roll back|revert|squash|fake|edit & migration|migrations|migrate & !bird|birds|whale|whales|animal|human|people|office|history|guide & {_SERIOUS}",
            "datenbankmigration|schemaänderung|datenbankmigrationen",
            f"drop|truncate|wipe|purge & {_TABLES} & !dataframe|pandas|csv|sheet|excel|empty rows|drop down|dropdown & {_SERIOUS}",
            f"alter table|drop table|drop column|drop the table|drop the users|delete all rows|delete from & !explain & {_SERIOUS}",
        ),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-risk-production",
        "touches production",
        "risk",
        _lines(
            f"{_CHANGE} & {_PRODUCTION} & !{_NO_PLANT} & {_SERIOUS}",
            f"production is down|prod is down|site is down|production outage|production incident|outage in production|production database|"
            f"prod database|only in production|in production since|push to prod & !{_NO_PLANT} & {_SERIOUS}",
            f"deploy|roll out|release & to all customers|to customers|main|canary|blue green|new version|live & {_SERIOUS}",
            f"force push|chmod 777|rm rf & {_SERIOUS}",
        ),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-risk-infrastructure",
        "touches infrastructure",
        "risk",
        _lines(f"{_MUTATE} & {_INFRASTRUCTURE} & !snippet|example|cluster analysis|k means|kmeans|minikube|kind cluster & {_SERIOUS}"),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-risk-paths",
        "paths where mistakes are dear",
        "risk",
        r"(?:^|[/_.-])(?:auth(?:n|z|entication|orization)?|oauth2?|oidc|saml|jwt|login|sessions?|passwords?|security|rbac|permissions?|acl|iam|billing|"
        r"payments?|invoices?|invoicing|checkout|stripe|ledger|migrations?|alembic|infra(?:structure)?|terraform|helm|k8s|kubernetes|"
        r"deploy(?:ment)?s?|prod(?:uction)?|secrets?|vault|credentials?|certs?)(?=$|[/_.-])|(?:^|/)\.env\b|\.tf$|\.github/workflows/|\.gitlab-ci|\.pem$|\.key$",
        Tier.COMPLEX,
        scope="paths",
    ),
    Rule(
        "shipped-agentic",
        "works on its own",
        "agentic",
        _lines(
            f"autonomously|on your own|without asking|without stopping|do not ask|don't ask|overnight|unattended|take over & "
            f"work|fix|implement|run|iterate|keep|continue|build|tests|do|finish|migrate|refactor & {_SERIOUS}",
            f"until & green|all tests pass|tests pass|everything passes|everything works|it passes|suite passes|build passes|no errors left|all pass & "
            f"run|fix|iterate|keep|work|repeat|rerun|continue|go & {_SERIOUS}",
            f"iterate until|keep iterating|keep going until|don't stop until|do not stop until|repeat until all & !loop & {_SERIOUS}",
            "selbstständig|eigenständig|ohne rückfrage & bis|arbeite|behebe",
            "bis alle tests|bis die tests|bis alles grün",
            "直到所有|直到全部|不要问我|自主完成",
            "hasta que pasen|de forma autónoma|sin preguntar",
            "jab tak|जब तक & tests|test|pass|टेस्ट",
        ),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-large-work",
        "work on a whole system",
        "floor",
        _lines(
            f"architecture review|architectural review|system design for|threat model|migration plan|disaster recovery plan|zero downtime & {_SERIOUS}",
            f"refactor|rewrite|restructure|port|migrate|convert|rename|modernize|upgrade & entire|whole codebase|whole project|whole app|"
            f"whole application|whole repo|across the codebase|across the repo|all modules|all services|every module|every service|all files|"
            f"whole code base|everywhere|monolith|complete codebase & !this function|the file|one file|this file & {_SERIOUS}",
            f"complete rewrite|rewrite from scratch & {_SERIOUS}",
            "重构整个|整个项目|所有文件|整个系统 & 重构|迁移|改成|重写",
            "gesamte|ganze|kompletten & refaktoriere|umbauen|migriere|codebasis|modul|projekt",
            "todo el|toda la & refactoriza|migra|reescribe|convierte",
        ),
        Tier.COMPLEX,
        form="words",
    ),
    Rule(
        "shipped-toys",
        "a small text for fun",
        "cap",
        "haiku|limerick|joke|knock knock|pun|riddle|tagline|slogan|birthday wish|rhyme|reim|witz|chiste|rima|笑话|चुटकुला & !function|repo|codebase|implement|database|script|"
        "service|website|app|prove|proof that|analyze|algorithm|deploy the|production & !essay|dissertation",
        Tier.MEDIUM,
        form="words",
    ),
)  # fmt: skip
