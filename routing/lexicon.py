"""Words by what they say of an ask, in English, German, Chinese, Spanish and Hindi (routing.features)."""

from __future__ import annotations

from .words import Phrases


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


LISTS = {
    "proof": _list(
        "prove, prove that, proof that, disprove, theorem, lemma, corollary, by induction, by contradiction, formal proof, "
        "formally verify, formal verification, formal methods, derive, derivation, closed form, first principles, axiom, "
        "np hard, np complete, undecidable, lower bound, upper bound, counterexample, rigorously, rigorous, tla, coq, lean proof, "
        "invariants, convergence, asymptotic, linearizability, bijection, isomorphism, eigenvalue, "
        "beweise, beweis, herleiten, leite her, widerspruch, satz, 证明, 推导, 定理, 归纳法, 反证, demuestra, demostrar, demostración, "
        "teorema, deduce, सिद्ध, प्रमाण, प्रमेय"
    ),
    "reasoning": _list(
        "step by step, think carefully, think hard, think through, reason through, show your reasoning, reasoning, ultrathink, "
        "pros and cons, implications, justify, argue, weigh, critically, critique, puzzle, paradox, optimal strategy, "
        "game theory, schritt für schritt, denke genau, begründe, abwägen, 一步一步, 逐步, 仔细思考, 论证, 权衡, paso a paso, "
        "razona, justifica, argumenta, चरण दर चरण, तर्क, सोच समझ"
    ),
    "analysis": _list(
        "analyze, analyse, analysis, compare, comparison, evaluate, evaluation, assess, assessment, root cause, diagnose, "
        "investigate, trade off, tradeoff, tradeoffs, bottleneck, profile, review, audit, critique, estimate, benchmark, "
        "implications, post mortem, postmortem, deep dive, forecast, attribution, cohort, causal, "
        "analysiere, analyse, vergleiche, bewerte, untersuche, ursache, überprüfe, 分析, 比较, 评估, 排查, 根本原因, 审查, 对比, "
        "analiza, análisis, compara, evalúa, investiga, causa raíz, revisa, विश्लेषण, तुलना, मूल्यांकन, जांच, समीक्षा"
    ),
    "debugging": _list(
        "debug, bug, error, exception, traceback, stack trace, crash, crashes, failing, fails, broken, not working, doesn't work, "
        "wrong result, unexpected, fix, fehler, funktioniert nicht, absturz, 报错, 错误, 修复, 崩溃, 失败, error, falla, arregla, "
        "corrige, त्रुटि, ठीक करो, बग, काम नहीं"
    ),
    "hard_debugging": _list(
        "race condition, race, deadlock, deadlocks, livelock, memory leak, leak, leaks, heap, heap dump, flaky, intermittent, "
        "intermittently, sporadic, heisenbug, segfault, segmentation fault, data corruption, corrupted, corruption, use after free, "
        "split brain, clock skew, under load, only in production, once a week, randomly, nondeterministic, thread safety, p99, p95, "
        "latency spike, oom, out of memory, oomkilled, starvation, contention, inconsistent, inconsistency, stale reads, "
        "duplicate events, lost updates, double charged, replication lag, core dump, goroutine, "
        "wettlaufsituation, speicherleck, sporadisch, verklemmung, 竞态, 死锁, 内存泄漏, 偶发, 间歇, 数据损坏, 数据不一致, "
        "condición de carrera, fuga de memoria, interbloqueo, intermitente, रेस कंडीशन, डेडलॉक, मेमोरी लीक"
    ),
    "design": _list(
        "architecture, architect, system design, design a, design an, design the, design our, distributed, microservices, scalable, "
        "scalability, high availability, fault tolerant, multi region, multi tenant, event driven, event sourcing, cqrs, consensus, "
        "sharding, shard, eventual consistency, exactly once, idempotency, idempotent, failover, disaster recovery, zero downtime, "
        "schema design, domain model, service boundaries, api design, protocol, roadmap, migration plan, migration strategy, "
        "rollout plan, threat model, capacity planning, sla, slo, backpressure, raft, paxos, crdt, "
        "architektur, entwirf, verteilte, skalierbar, hochverfügbar, mandantenfähig, 架构, 设计, 分布式, 高可用, 微服务, 可扩展, 多租户, "
        "arquitectura, diseña, distribuido, escalable, alta disponibilidad, microservicios, आर्किटेक्चर, डिज़ाइन, वितरित"
    ),
    "scope": _list(
        "entire, whole, codebase, code base, repo, repository, monorepo, across, everywhere, all files, every file, all services, "
        "all modules, every module, all endpoints, every endpoint, multiple files, several files, all usages, all call sites, "
        "call sites, rewrite the whole, migrate, migrating, migration, refactor, restructure, modernize, decouple, "
        "extract, split, module, modules, subsystem, pipeline, service, layer, framework, monolith, legacy, "
        "gesamte, ganze, überall, alle dateien, refaktoriere, umbauen, migriere, 整个, 全部, 所有文件, 重构, 迁移, 重写, 升级, 模块, "
        "todo el, toda la, completo, refactoriza, migra, reescribe, módulo, पूरे, पूरा, सभी फाइल, रिफैक्टर, माइग्रेट"
    ),
    "steps": _list(
        "then, after that, next, finally, first, second, third, afterwards, and then, also, once done, as well as, followed by, "
        "including, make sure, ensure, with tests, and tests, update the tests, add tests, run the tests, document, documentation, "
        "changelog, commit, phases, milestones, checkpoints, rollback steps, "
        "danach, anschließend, zuerst, dann, schließlich, außerdem, 然后, 接着, 最后, 首先, 并且, 同时, luego, después, primero, "
        "finalmente, además, फिर, उसके बाद, पहले, अंत में, साथ ही"
    ),
    "autonomy": _list(
        "autonomously, autonomous, on your own, without asking, don't stop, do not stop, until all, until every, until everything, "
        "until it passes, until green, until the tests, keep iterating, iterate until, keep going until, one by one, end to end, "
        "whole thing, from scratch, fully working, rerun, take over, work through, overnight, unattended, repeat until, "
        "selbstständig, eigenständig, bis alle, ohne rückfrage, 自主, 直到, 不要停, 逐个, 全程, de forma autónoma, hasta que, "
        "sin preguntar, स्वायत्त, जब तक, बिना पूछे"
    ),
    "expertise": _list(
        "security, vulnerability, vulnerabilities, exploit, xss, csrf, ssrf, sql injection, injection, encryption, cryptography, "
        "cryptographic, oauth, oidc, saml, jwt, rbac, tls, zero trust, penetration, hardening, sandbox, "
        "kubernetes, terraform, helm, istio, kafka, elasticsearch, spark, flink, airflow, query planner, execution plan, index, "
        "isolation level, serializable, mvcc, transaction, transactions, replication, cache invalidation, garbage collector, "
        "compiler, parser, interpreter, type checker, jit, llvm, simd, cuda, gpu kernel, kernel, lock free, memory model, scheduler, "
        "transformer, fine tune, fine tuning, embeddings, reinforcement learning, gradient, bayesian, regression, hypothesis test, "
        "confidence interval, monte carlo, time series, differential equation, integral, topology, quantum, protein, "
        "contract, clause, liability, indemnity, compliance, gdpr, hipaa, regulation, regulatory, litigation, valuation, dcf, "
        "derivatives, hedge, portfolio, diagnosis, differential diagnosis, dosage, contraindication, pharmacokinetics, "
        "epistemology, deontology, utilitarianism, macroeconomic, monetary policy, "
        "sicherheit, verschlüsselung, haftung, vertrag, datenschutz, 安全, 漏洞, 加密, 合同, 合规, 事务, 内核, 编译器, "
        "seguridad, vulnerabilidad, cifrado, contrato, cumplimiento, सुरक्षा, एन्क्रिप्शन, अनुबंध"
    ),
    "make": _list(
        "write, implement, create, add, build, generate, code, make, develop, set up, write me, give me, convert, change, update, "
        "modify, replace, remove, delete, rename, extend, support, handle, integrate, "
        "schreibe, schreib, implementiere, erstelle, baue, füge, ändere, 写, 实现, 创建, 添加, 编写, 修改, 生成, escribe, "
        "implementa, crea, añade, agrega, cambia, construye, haz, hazme, redacta, formuliere, verfasse, erstell, mach mir, 写一个, 写一封, 给我, 做一个, 加上, "
        "लिखो, लिखिए, बनाओ, बनाइए, जोड़ो, बदलो, likho, likhiye, banao, jodo, hatao, badlo"
    ),
    "code_thing": _list(
        "function, method, class, endpoint, script, regex, sql, query, component, unit test, unit tests, test, tests, cli, api, "
        "module, hook, decorator, middleware, parser, validation, pagination, button, form, page, dockerfile, makefile, workflow, "
        "yaml, json, csv, loop, type hints, docstring, logging, flag, config, variable, import, column, table, one liner, bash, "
        "nginx, docker, gitlab, github actions, systemd, ansible, task list, snippet, argparse, middleware, react component, vue, svelte, junit, jest, pytest, pandas, "
        "excel, formula, spreadsheet, google sheets, chart, plot, python, javascript, typescript, rust, golang, java, react, django, flask, express, css, html, "
        "tabelle, spalte, formel, unittests, funktion, klasse, skript, abfrage, 函数, 类, 脚本, 接口, 组件, 正则, 查询, 单元测试, función, clase, consulta, prueba, "
        "फ़ंक्शन, फंक्शन, स्क्रिप्ट, क्लास, क्वेरी"
    ),
    "big_thing": _list(
        "system, platform, engine, compiler, interpreter, database, framework, orchestrator, scheduler, app, application, library, "
        "protocol, simulator, service, plan, strategy, runbook, proposal, rfc, design doc, specification, report, curriculum, "
        "business plan, white paper, plattform, anwendung, strategie, 系统, 平台, 引擎, 方案, 策略, sistema, plataforma, "
        "estrategia, प्रणाली, प्लेटफॉर्म, रणनीति"
    ),
    "easy": _list(
        "briefly, brief, short, shortly, quick, quickly, simple, simply, one sentence, two sentences, one line, in one word, typo, "
        "spelling, grammar, synonym, define, definition, what is, what's, who is, who was, when did, when was, where is, capital of, "
        "how many, how much, how old, how do you say, translate, translation, rephrase, proofread, capitalize, uppercase, lowercase, "
        "convert, emoji, name for, names for, idea for, tagline, slogan, haiku, limerick, joke, poem, greeting, tweet, caption, recipe, "
        "recommend, remind, comment, rename, format, indent, sort, bullet, list of, hello world, meaning of, stand for, shortcut, "
        "kurz, übersetze, was ist, wer ist, wann, wo liegt, wie viele, tippfehler, umbenennen, gedicht, witz, 简短, 简单, 翻译, 什么是, "
        "是什么, 谁是, 多少, 哪里, 笑话, 首都, 一句话, breve, traduce, qué es, quién, cuándo, dónde, cuántos, cómo se dice, chiste, "
        "poema, संक्षेप, अनुवाद, क्या है, कौन, कब, कहाँ, कितने, कविता, चुटकुला"
    ),
    "explain": _list(
        "explain, describe, summarize, summarise, summary, how does, how do, what does, what happens, difference between, why does, "
        "why is, walk me through, overview, outline, tell me about, example of, when should, help me understand, tutorial, "
        "erkläre, beschreibe, fasse zusammen, unterschied, wie funktioniert, warum, 解释, 说明, 总结, 区别, 为什么, 如何, 怎么, 介绍, "
        "explica, explícame, explícalo, describe, resume, diferencia, por qué, cómo funciona, cómo, erklär, erklär mir, was macht, samjhao, batao, समझाओ, समझाइए, सारांश, अंतर, क्यों, कैसे"
    ),
    "prose": _list(
        "email, letter, essay, story, blog post, article, paragraph, speech, toast, cover letter, resume, linkedin, invitation, "
        "message, text, reply, post, caption, title, headline, product description, lyrics, song, novel, chapter, dialogue, "
        "aufsatz, brief, geschichte, absatz, absage, bewerbung, anschreiben, einladung, rede, produktbeschreibung, 邮件, 文章, 故事, 作文, 信, 回复, 祝福, 短文, 通知, correo, carta, carta de presentación, discurso, ensayo, historia, párrafo, ईमेल, पत्र, "
        "निबंध, कहानी, जवाब, संदेश, kahani, email likho, patra"
    ),
    "constraint": _list(
        "constraint, constraints, requirement, requirements, must, should, at least, at most, no more than, without downtime, "
        "backward compatible, backwards compatible, without breaking, guarantee, guarantees, edge cases, error handling, "
        "thread safe, concurrent, concurrency, parallel, performance, optimize, optimise, optimization, efficient, "
        "low latency, throughput, million, billion, per second, at scale, rate limit, retry, retries, rollback, "
        "randfälle, nebenläufig, abwärtskompatibel, 并发, 性能, 优化, 高并发, 兼容, 边界, 每秒, 百万, concurrente, rendimiento, "
        "optimiza, retrocompatible, प्रदर्शन, अनुकूलन, समवर्ती"
    ),
    "lookup": _list(
        "command, command for, command to, commands, syntax, shortcut, keyboard shortcut, stand for, stands for, acronym, abbreviation, "
        "default port, which port, what port, capital, currency, how to see, how to check, how to list, how to get, how to exit, which flag, "
        "what flag, cheat sheet, opposite of, past tense, who wrote, who invented, what year, which year, which day, which date, "
        "what time, opening hours, cron expression, "
        "befehl, welcher befehl, abkürzung, hauptstadt, welcher port, welchen port, was bedeutet, bedeutet, wie heißt, wie schreibt man, "
        "命令, 端口, 缩写, 全称, 怎么读, 几点, 几天, 意思, 等于多少, 是谁, comando, comandos, puerto, capital de, qué significa, qué puerto, "
        "कमांड, राजधानी, मतलब, कितना होता है, कैसे निकालते, command kya, kaise dekhe, matlab"
    ),
    "small_edit": _list(
        "typo, fix the typo, rename, sort, sort these, alphabetically, alphabetical order, format, reformat, pretty print, indent, capitalize, "
        "uppercase, lowercase, snake case, camel case, remove the trailing, add a semicolon, bump the version, turn into csv, into csv, into json, "
        "as a markdown table, to markdown, make this one line, one liner, rephrase, nicer, politer, more polite, shorter, classify, positive or negative, "
        "extract, pick, count the, translate, nothing else, change nothing else, just reformat, comment out, put quotes, "
        "sortiere, benenne, korrigiere, übersetze, großbuchstaben, höflicher, formatiere, 排序, 翻译, 翻译成, 改得, 大写, 格式化, 改成大写, 纠正, "
        "ordena, traduce, corrige, mayúsculas, formatea, अनुवाद करो, क्रम, विनम्र, सुधारो, tarjuma"
    ),
    "tiny": _list(
        "one line, one word, one sentence, a sentence, single word, two words, yes or no, short version, in short, briefly, just the answer, just, only, "
        "just give me, quick question, answer briefly, no explanation, ein satz, ein wort, kurz, nur, 一句话, 一个词, 简短, 一句, 只要, una frase, una línea, una palabra, "
        "sí o no, breve, solo, एक वाक्य, एक शब्द, हाँ या नहीं, संक्षेप"
    ),
    "mystery": _list(
        "sometimes, randomly, at random, no idea, no idea why, nobody knows, nothing in the log, nothing in the logs, no error, nothing changed, "
        "nothing was deployed, hasn't changed, since monday, since yesterday, since friday, since the update, since the release, after the upgrade, after the update, "
        "only at night, every night, once in a while, about once, one run in ten, find out why, figure out, find the cause, what is going on, the reason, "
        "where do i look, where do we look, track down, out of nowhere, somebody else, other people's, twice, duplicated, lost, disappear, vanish, "
        "manchmal, ab und zu, seit gestern, seit dem update, ursache, woran, doppelt, verschwinden, 有时, 偶尔, 突然, 找出原因, 查清, 重复, 丢, "
        "a veces, de vez en cuando, desde ayer, desde el lunes, averigua, por qué se, duplicados, desaparece, "
        "कभी कभी, अचानक, कारण ढूँढो, kabhi kabhi, achanak, pata karo, kyun"
    ),
    "stakes": _list(
        "bank, banking, national, government, hospital, railway, air traffic, nuclear, regulator, regulators, auditor, auditors, lives, safety case, "
        "safety critical, mission critical, every decision, 10 years, 30 years, decades, country wide, countries, zero data loss, adversary, adversarial, attacker, attackers, "
        "insider, byzantine, legal argument, court, courts, landesweit, behörde, gericht, 国家级, 银行, 监管, 零数据丢失, 攻击, banco, nacional, "
        "hospital, reguladores, राष्ट्रीय, बैंक"
    ),
    "rigor": _list(
        "rigor, formal model, formal safety, formally, bound, bounds, tight, optimal, optimality, provably, necessary and sufficient, premise, premises, estimand, estimator, "
        "identification, identifiable, identifiability, unbiased, variance, posterior, likelihood, equilibrium, welfare, existence, uniqueness, amortised, amortized, "
        "competitive ratio, complexity class, interleaving, interleavings, memory model, soundness, completeness, liveness, safety and liveness, progress, "
        "expected value, expected number, generalise, generalize, for all n, every graph, group, ring, field, manifold, compact, hilbert, homomorphism, "
        "exploit chain, exploitation, cryptanalysis, post quantum, novel, state of the art, research, argue precisely, satz von, streng, genau wann, "
        "hausdorff, 严格, 充要条件, 下界, 上界, 最优, 识别条件, 因果效应, 均衡, 并推广, 一致性证明, riguroso, rigor, cota, óptimo, unicidad, "
        "identificación, equilibrio, कठोर, परिबंध, असमिका, उपपत्ति"
    ),
    "produce_long": _list(
        "business plan, white paper, feasibility study, concept, proposal, strategy, roadmap, curriculum, handbook, guide for, playbook, report, "
        "postmortem, runbook, rfc, design doc, grant application, thesis, dissertation, due diligence, audit report, 15 pages, 20 pages, full plan, complete plan, "
        "konzept, geschäftsplan, machbarkeitsstudie, leitfaden, 可行性研究, 研究报告, 实施计划, 方案, plan de negocio, estudio de viabilidad, "
        "propuesta completa, पूरी योजना, व्यापार योजना, रिपोर्ट"
    ),
    "risk": _list(
        "auth, authentication, authorization, login, password, passwords, credentials, credential, secret, secrets, api key, api keys, "
        "token, tokens, session, permission, permissions, access control, rbac, iam, oauth, saml, sso, jwt, mfa, two factor, csrf, cors, "
        "payment, payments, billing, invoice, refund, refunds, stripe, paypal, credit card, card number, checkout, ledger, payout, "
        "migration, migrations, schema change, drop table, drop column, truncate, production, prod, live system, deploy, rollback, "
        "roll back, release, terraform, firewall, security group, vpn, dns, certificate, infrastructure, cluster, backup, "
        "personal data, customer data, pii, passwort, passwörter, anmeldung, anmelden, zahlung, zahlungen, rechnung, produktion, "
        "zugangsdaten, berechtigung, 密码, 登录, 支付, 退款, 密钥, 权限, 生产环境, 线上, 部署, 迁移, contraseña, contraseñas, "
        "autenticación, pago, pagos, reembolso, reembolsos, producción, permisos, credenciales, facturación, पासवर्ड, लॉगिन, भुगतान, "
        "रिफंड, प्रोडक्शन, माइग्रेशन, अनुमति"
    ),
}  # fmt: skip
PHRASES = Phrases(LISTS)
