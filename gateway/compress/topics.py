"""What tools are for and what asks are about, in one set of topics: a server is plausible where they meet. Data, and one look-up.

Phrases match in any English inflection; other languages as they are spelled here. `ABOUT` has two lists per topic: words that say it plainly,
and words that may mean it. `FOR` says by which words of their names servers and tools belong to a topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.words import Phrases

# What an ask says: topic: (plainly, perhaps). Parted by commas.
ABOUT: dict[str, tuple[str, str]] = {
    "forge": (
        "github, gitlab, bitbucket, gitea, pr, prs, we merged, got merged, was merged, pull request, merge request, mr, mrs, fork, forked, ci, pipeline, workflow run, github actions, "
        "failing job, failed job, dependabot, release notes, reviewer, review comments, code review, open source, gist, issue, milestone, "
        "tag a release, open an issue, changelog, requête de fusion, issues, upstream repo, branch protection, code scanning, starred, 流水线, "
        "拉取请求, プルリクエスト, cut a release, approvals, rebase and merge, red on main, merge queue",
        "review, all repos, our repos, other repo, merged, merge, release, build fails, build is red, checks are green, job, workflow, actions, branch, "
        "tag, commits, push, approve, contributors, vulnerability, vulnerabilities, bug report, backport, cherry-pick, revert, notifications, "
        "fork, upstream, repo for, new repo, repository for, contributing",
    ),
    "tickets": (
        "linear, jira, asana, trello, clickup, youtrack, shortcut, ticket, tickets, issue, backlog, sprint, epic, user story, cycle, assigned to me, "
        "assign to me, my tasks, overdue, roadmap, kanban, incidencia, tarea, tareas, chamado, vorgang, aufgabe, aufgaben, tâche, tâches, "
        "工单, チケット, 任务, subtask, worklog, story points, action items, on my plate, i owe, my list, next for me, i closed, blocking the, due this week, high prio, triage, standup, "
        "log a bug, create a bug, file a bug, raise a bug, report a bug, follow-up task",
        "assignee, assigned, assign, board, milestone, priority, prio, due, estimate, initiative, bug for, duplicate, in review, in progress, "
        "log hours, planning, acceptance criteria, todo list, project status, deadline, what's left, blocked",
    ),
    "chat": (
        "slack, discord, mattermost, teams channel, channel, channels, dm, direct message, thread, canal, kanal, 频道, チャンネル, announce, "
        "ping, let the team know, tell the team, post a, post it, post the",
        "did we decide, we decided, we agreed, who said, complained, let qa know, message, messages, notify, ask in, tell, team, teammate, conversation, post, everyone, nachricht, mensaje, mensagem, 消息, discussion, "
        "discussed, update the team, share with, announcement",
    ),
    "data": (
        "postgres, postgresql, mysql, mariadb, sqlite, mongodb, mongo, supabase, snowflake, bigquery, clickhouse, neon, planetscale, database, db, "
        "sql, table, tables, column, row, rows, schema, rls, slow query, index for, indexes, how many users, how many customers, how many orders, "
        "count how many, replica, vacuum, stored procedure, explain plan, base de datos, banco de dados, datenbank, base de données, tabla, "
        "tablas, tabela, tabelas, tabelle, tabellen, 数据库, 表, データベース, テーブル, テーブル一覧, aggregation, collection, documents, "
        "foreign key, seed data, query plan, duplicate rows, signed up, deadlock",
        "query, queries, index, migration, migrations, migrate, data, records, record, how many, count, orders, customers, constraint, persist, "
        "stored, backfill, slow, duplicates, daten, datos, données, 数据, rows, endpoint is slow, postgrest, orm, policy, auth users",
    ),
    "cache": (
        "redis, valkey, memcached, cache key, cache keys, ttl, session store, cache invalidation, cache hit, stale",
        "cache, cached, caching, key, keys, session, sessions, rate limit, queue, expiry, memory, lock, pubsub",
    ),
    "errors": (
        "sentry, bugsnag, rollbar, 500s, 500, 502, 503, production errors, errors in production, top errors, crash, crashes, crashing, stacktrace, "
        "stack trace, outage, incident, in production, in prod, root cause, regression since, since the deploy, since the release, "
        "producción, produktion, produktiv, en production, produção, 本番, 生产, 线上, users report, users are getting, absturz, exception in",
        "error, errors, exception, exceptions, issue, failing in, traceback, timeout, timeouts, prod, production, regression, release, fehler, "
        "errores, erreur, erreurs, erro, erros, 报错, 错误, エラー, broken, is down, monitoring, tracing, trace, spans",
    ),
    "metrics": (
        "grafana, prometheus, datadog, loki, newrelic, honeycomb, dashboard, alert, alerts, metric, metrics, p95, p99, latency, on call, oncall, "
        "firing, throttling, slo, outage, incident, 500s, 502, 503, observability, promql, logql, error rate, since the deploy, cpu usage, "
        "memory usage, métricas, metriken, métriques, 指标, メトリクス, throughput, graph the, saturation",
        "disk, leak, logs, log, monitoring, cpu, memory, load, spike, spikes, slow, prod, production, 500, errors, rate, usage, traffic, logging, 日志, ログ, "
        "performance, health, uptime, timeout",
    ),
    "cluster": (
        "did not run, nightly job, scheduled job, kubernetes, k8s, kubectl, pod, pods, cluster, namespace, helm, replicas, replica set, rollout, roll back, rollback, oomkilled, ingress, "
        "crashloop, crashloopbackoff, daemonset, statefulset, cronjob, deployment, deployments, configmap, kubeconfig, scale, cpu throttling, "
        "staging keeps, node pool, evicted, despliegue, déploiement",
        "disk, worker, job, cron, nightly, machine, deploy, deployed, staging, prod, production, restart, restarting, restarts, container, containers, memory limit, cpu, limits, service, "
        "logs, 日志, 重启, nodes, image, secret, 500s, outage, oom, sidecar",
    ),
    "containers": (
        "docker, container, containers, compose, docker-compose, image tag, podman, contenedor, conteneur, 容器, コンテナ",
        "image, images, logs, registry, volume, dockerfile, service, start locally",
    ),
    "infrastructure": (
        "terraform, opentofu, tofu, pulumi, hcl, tf, s3 bucket, bucket, iac, infrastructure, provisioning, vpc, iam, aws provider, module registry, "
        "cloudformation, lambda, ec2, rds, aws, gcp, azure, cloudfront, infraestructura, infrastruktur",
        "provider, module, cloud, subnet, state file, modules, bucket policy, role, region, dns, infra",
    ),
    "hosting": (
        "vercel, netlify, heroku, cloudflare, render, fly, deployment, deployments, deploy, deployed, deploying, preview url, build logs, site is down, "
        "website is down, domain, edge function, edge functions, serverless, hosting, on every route, cron function, despliegue, desplegar, "
        "bereitstellung, déploiement, déployer, 部署, デプロイ, implantação, workers, env vars, preview deployment",
        "site, build failed, build fails, 404, live, push, went live, staging, prod, production, logs, cron, env, environment variable, function, "
        "functions, rollback, cdn, dns, goes live, down",
    ),
    "payments": (
        "stripe, paypal, adyen, paddle, payment, payments, invoice, invoices, refund, refunds, charged, charge, subscription, subscriptions, coupon, "
        "checkout session, billing, dispute, payout, payment link, yearly plan, monthly plan, pricing plan, price id, customer portal, rechnung, "
        "rechnungen, zahlung, factura, facturas, pago, pagos, paiement, facture, pagamento, fatura, 支付, 退款, 发票, 支払い, 請求書, mrr, churn",
        "customer, customers, plan, plans, price, prices, product, products, discount, checkout, webhook, monthly, yearly, balance, paid, unpaid, "
        "tax, card, currency, trial, billed",
    ),
    "design": (
        "figma, sketch file, design, designs, mock, mocks, mockup, mockups, wireframe, frame selected, design system, design tokens, pixel perfect, "
        "diseño, entwurf, maquette, 设计稿, デザイン, spacing, colour, color, colors, colours, hover, typography, icons",
        "frame, layout, font, fonts, styling, padding, margin, theme, button, card, ui, component, look, looks, icon, style",
    ),
    "browser": (
        "browser, playwright, puppeteer, selenium, chrome, firefox, safari, devtools, screenshot, screenshots, localhost, click, e2e, end to end, "
        "web page, webpage, viewport, headless, console, network request, network requests, lcp, cls, lighthouse, core web vitals, cookie banner, "
        "landing page, home page, homepage, log into, log in to, fill in, navigate to, go to, a11y, accessibility, staging site, responsive, "
        "navegador, navegateur, navigateur, bildschirmfoto, captura de pantalla, page d'accueil, startseite, 浏览器, 截图, ブラウザ, "
        "スクリーンショット, page load, on load, page feels, page is slow, pixel, mobile view, visually, renders wrong, looks off, flicker",
        "hyperlink, page, pages, site, website, url, form, wizard, tab, modal, button, scroll, mobile, render, renders, rendering, ui, dashboard, frontend, "
        "login, signup, sign up, hover, layout, css, click through, requests, dropdown, popup, manual test, look and feel, seite, página, "
        "web app, checkout flow, flow, screens, wide, flash, desktop, load",
    ),
    "web": (
        "hyperlink, better than, these days, nowadays, worth switching, recommended, industry standard, search the web, web search, google, look up, research, online, internet, on the web, what people say, latest version, newest version, lts, "
        "current version, compare libraries, library for, open source library, best practice, news, article, blog post, blog, rfc, pep, "
        "how do others, how other, how others, alternatives to, buscar en internet, im netz, recherche, recherchier, investiga, "
        "搜索, 查一下, 調べて, 検索, exa, tavily, firecrawl, brave, scrape, crawl, sitemap, website, broken links, up to date, competitors",
        "docs, documentation, latest, search, find a, compare, version, upgrade, currently, current, 2025, 2026, 2027, page, url, link, links, site, "
        "read the, what's new, options for, state of the art, tutorial, is it possible, known issue, cve, look at",
    ),
    "libraries": (
        "context7, latest docs, docs, documentation, official docs, library docs, api changed, api changes, upgrade, upgrading, migrate from, "
        "breaking changes, deprecated, how do i use, how to use, new api, sdk, dokumentation, documentación, ドキュメント, 文档, "
        "next 15, next 16, react 19, latest major, latest version",
        "library, framework, migrate, version, api, package, dependency, dependencies, deps, bump, hook, hooks, new, implement, integrate, "
        "plugin, config, configure, use, using, syntax, example",
    ),
    "notes": (
        "did we decide, we decided, decision, decisions, we agreed, did we agree, onboarding, like we did, how we do, our process, notion, confluence, wiki, obsidian, coda, doc, notes, meeting notes, retro notes, spec, prd, runbook, decision log, knowledge base, "
        "write up, writeup, our docs, our documentation, space, onboarding guide, handbook, postmortem, notizen, notas, documento, "
        "wiki page, 文档, 笔记, ノート, retro, what do our docs, roadmap, rfc doc, adr",
        "page, pages, document, docs, documented, documentation, policy, database, write down, summary, plan, minutes, guide, template, "
        "describe the, proposal, log",
    ),
    "sheets": (
        "spreadsheet, spreadsheets, sheet, google sheet, excel, google drive, gdrive, drive, google doc, slides, airtable, base, doc, shared folder, "
        "hoja de cálculo, tabellenkalkulation, feuille de calcul, planilha, 表格, スプレッドシート, inventory",
        "document, docs, records, xlsx, folder, shared, roadmap, costs, budget, numbers",
    ),
    "mail": (
        "gmail, email, emails, e-mail, mail, mails, inbox, outlook, reply to, reply, newsletter, correo, e-mails, courriel, posteingang, 邮件, メール, "
        "unsubscribe, unread, draft a reply, attachment, cc, forward it",
        "send, draft, vendor, replied, answer from, contract, wrote back, contact, heard back, get back to, letter",
    ),
    "calendar": (
        "calendar, meeting, meetings, appointment, schedule, reschedule, 1:1, invite, free slot, free time, availability, tomorrow, thursday, monday, "
        "tuesday, wednesday, friday, on my plate, today, kalender, termin, termine, reunión, réunion, rendez-vous, reunião, agenda, 会议, 日历, "
        "予定, 会議, next week, call with, standup, book a room",
        "event, events, week, afternoon, morning, time with, slot, holiday, vacation, on call, busy",
    ),
    "crm": (
        "hubspot, salesforce, pipedrive, crm, lead, leads, deal, deals, prospect, prospects, contact, sales, demo call, account manager, "
        "opportunity, kunde, cliente, 客户",
        "customer, customers, company, companies, contacts, client, clients, pipeline, onboarding call",
    ),
    "memory": (
        "i like, i prefer, my usual, as usual, same as before, my style, remember, forget, recall, memory, memorize, preference, preferences, you know, knowledge graph, last time, as always, merk dir, recuerda, "
        "souviens, lembre, 记住, 覚えて, note that we, from now on, for the future, keep in mind",
        "always, never, previously, before, earlier, history, we decided, convention",
    ),
    "thinking": (
        "think hard, think, step by step, reason through, brainstorm, plan, trade-offs, tradeoffs, architecture, sequential, denk, piensa, "
        "think through, ultrathink, deeply, strategy, shard",
        "design, complex, approach, should we, decide, options, pros and cons, proposal, evaluate, sketch",
    ),
    "searching": (
        "elasticsearch, elastic, opensearch, kibana, meilisearch, algolia, search results, indexed, search index, full text, esql, mappings, shards, "
        "relevance",
        "index, search, logs, documents, query, reindex",
    ),
    "versions": (
        "git, commit, commits, staged changes, unstaged, branch, branches, rebase, squash, stash, cherry-pick, blame, git log, my diff, the diff, "
        "checkout main, revert, merge conflict, merge conflicts, 提交, コミット",
        "diff, changes, push, merge, history, merged",
    ),
    "files": ("directory, directories, folder, folders, disk", "file, files, path"),
    "places": ("map, maps, directions, restaurant, restaurants, near me, weather, postal address, travel, route to, nearby", "location, places"),
    "media": ("image generation, generate an image, picture, video, audio, music, voice, transcribe, transcript, podcast", "photo, sound, logo"),
}  # fmt: skip

# By which words of their own servers and tools belong to a topic.
FOR: dict[str, str] = {
    "forge": "github, gitlab, bitbucket, gitea, pull request, merge request, pull, commit, repository, repo, workflow, pipeline, dependabot",
    "tickets": "linear, jira, asana, trello, clickup, youtrack, shortcut, issue, ticket, sprint, task, backlog, monday, plane, atlassian",
    "chat": "slack, discord, mattermost, teams, channel, thread, message, telegram, whatsapp",
    "data": "postgres, postgresql, mysql, mariadb, sqlite, mongodb, mongo, supabase, snowflake, bigquery, clickhouse, neon, database, sql, table, "
    "collection, schema, db, airtable",
    "cache": "redis, valkey, memcached, cache",
    "errors": "sentry, bugsnag, rollbar, error, exception, crash",
    "metrics": "grafana, prometheus, datadog, loki, newrelic, honeycomb, metric, alert, oncall, incident, dashboard, cloudwatch",
    "cluster": "did not run, nightly job, scheduled job, kubernetes, k8s, kubectl, pod, helm, namespace, cluster, argocd, openshift",
    "containers": "docker, container, podman, compose",
    "infrastructure": "terraform, pulumi, aws, gcp, azure, cloudformation, provider, opentofu",
    "hosting": "vercel, netlify, heroku, cloudflare, supabase, deployment, deploy, railway, edge function",
    "payments": "stripe, paypal, adyen, paddle, payment, invoice, refund, subscription, billing, chargebee",
    "design": "figma, design, sketch, canva, penpot",
    "browser": "playwright, puppeteer, selenium, browser, chrome, devtools, browserbase, screenshot, webdriver, stagehand",
    "web": "exa, tavily, firecrawl, brave, fetch, web search, crawl, scrape, perplexity, duckduckgo, serper, serpapi, kagi, web",
    "libraries": "context7, library, docs, documentation, deepwiki, code context, devdocs",
    "notes": "did we decide, we decided, decision, decisions, we agreed, did we agree, onboarding, like we did, how we do, our process, notion, confluence, wiki, obsidian, coda, note, page, atlassian, document",
    "sheets": "gdrive, drive, sheet, gsheet, spreadsheet, excel, airtable, slides, docs",
    "mail": "gmail, email, mail, outlook, imap, smtp, sendgrid, inbox",
    "calendar": "calendar, event, freebusy, meeting, cal, calendly",
    "crm": "hubspot, salesforce, pipedrive, crm, deal, contact, lead, attio",
    "memory": "memory, memories, mem0, knowledge graph, entity, observation, remember, recall",
    "thinking": "sequential-thinking, sequentialthinking, thinking, thought",
    "searching": "elasticsearch, elastic, opensearch, meilisearch, algolia, indices, kibana, esql",
    "versions": "git",
    "files": "filesystem, directory",
    "places": "map, geocode, weather, directions, place",
    "media": "image, video, audio, music, speech, voice, transcribe, elevenlabs, replicate",
}  # fmt: skip

# Says that an ask is understood though it needs no server: it is about code.
CODE = (
    "function, method, class, classes, variable, parameter, test, tests, unit test, unit tests, coverage, refactor, rename, lint, eslint, mypy, ruff, "
    "prettier, typescript, javascript, python, rust, golang, java, kotlin, ruby, php, css, html, react, vue, component, hook, module, import, imports, "
    "compile, compiler, compile errors, type errors, types, dataclass, enum, struct, interface, regex, parser, loop, async, await, null, "
    "endpoint, validation, cli, flag, argparse, readme, dockerfile, makefile, script, config, codebase, repo, repository, file, files, code, "
    "bug, traceback, dependencies, deps, package, json, yaml, constant, strings, cache, thread pool, algorithm, api, decorator, helm values, callback, "
    "retry, retries, handler, importer, exporter, middleware, router, controller, serializer, logger, mutex, thread, threads, svg, sprite, bundle, webpack, "
    "vite, go build, cargo, npm, pnpm, yarn, pip, poetry, gradle, maven, makefile, storybook, snapshot, fixture, fixtures, stub, docstring, docstrings, comment out, "
    "django, flask, fastapi, rails, laravel, spring boot, express, angular, svelte, tailwind, nextjs, pytest, jest, vitest, tokio, celery, sqlalchemy, redux, "
    "zod, pydantic, lodash, moment, date-fns, tenacity, numpy, pandas, protobuf, grpc, graphql, orm, generics, lambda, closure, iterator, generator, array, "
    "dict, dicts, object, integer, float, string, boolean, enum, exception handling, error handling, stack trace, segfault, borrow checker, null pointer, memory leak, "
    "race condition, deadlock, off by one, hand rolled, hardcoded, hard coded, magic numbers, dead code, todos, unused, nested, indentation, whitespace, "
    "debounce, throttle, recursion, complexity, helper, utility, util, wrapper, mixin, subclass, inheritance, singleton, factory, dependency injection, "
    "type hints, annotations, linter, formatter, pre-commit, gitignore, editorconfig, tsconfig, env file, monorepo, workspace, boilerplate, "
    "csv importer, command line, stdout, stderr, stdin, exit code, binary, compile, build script, shell script, bash script, sql builder, changelog entry, "
    "simplify, extract, inline, memoize, implement, optimize, optimise, rewrite, deduplicate, modularize, bisect, typecheck, vendor the, dry up, "
    "nested ifs, conditionals, early return, guard clause, signature, overload, generics, abstract class, trait, macro, pointer, syntax error, "
    "variante, schleife, fehlerbehandlung, skript, bucle, cadena, dépendances, boucle, laço, "
    "migration, migrations, dark mode, footer, header, form, diff, commit, merge conflict, i18n, memoize, selector, "
    "funktion, klasse, datei, komponente, aufrufe, umbenennen, función, clase, archivo, prueba, pruebas, componente, fonction, classe, fichier, "
    "composant, refactorise, função, arquivo, teste, testes, 函数, 测试, 代码, 文件, 类, 重构, 関数, テスト, コード, ファイル, リポジトリ, クラス, लिखो, फ़ाइल, कोड"
)  # fmt: skip


def _lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for topic, (plainly, perhaps) in ABOUT.items():
        lists[topic] = plainly.split(",")
        lists[f"{topic}?"] = perhaps.split(",")
    lists["code"] = CODE.split(",")
    return lists


_ABOUT = Phrases(_lists())
_FOR = Phrases({topic: words.split(",") for topic, words in FOR.items()})


@dataclass(frozen=True, slots=True)
class About:
    """Topics of an ask: those it names plainly, those that two words may mean, those that one word may mean; `code`: how many words it has
    that speak of code."""

    plainly: frozenset[str]
    likely: frozenset[str]
    perhaps: frozenset[str]
    code: int


def about(stems: Sequence[str]) -> About:
    found = _ABOUT.found_in(stems)
    plainly = frozenset(name for name in found if name in ABOUT)
    meant = {name[:-1]: len(phrases) for name, phrases in found.items() if name.endswith("?")}
    likely = frozenset(name for name, number in meant.items() if number > 1)
    return About(plainly, likely - plainly, frozenset(meant) - likely - plainly, len(found.get("code", ())))


def made_for(stems: Iterable[str]) -> frozenset[str]:
    """Topics of a tool or server, by the words of its name."""
    return frozenset(_FOR.found_in(list(stems)))
