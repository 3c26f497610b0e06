"""The words behind the cues, as data: phrases per cue, verbs of action, words that are no typos."""

CUES: dict[str, str] = {
    "proof": """prove, proof, show that, disprove, derive, derivation, theorem, lemma, irrational,
        converges, by induction, if and only if, linearizability, let f be, let g be, suppose that,
        for every, for all, find all functions, for some x, beweise, demuestra, démontre""",
    "design": """design, architecture, architect, algorithm, complexity, sharding, shard,
        distributed, scalable, lock-free, linearizability, consistency, compiler, schema,
        consistent hashing, fault tolerant, multi-tenant, backpressure, optimise, optimize,
        running time, implement a queue, implement a tree, b-tree, backward compatible""",
    "weigh": """compare, comparison, trade-offs, tradeoffs, against each other, trade-off,
        pros and cons, weigh cost,
        weigh up, weigh the, advantages and disadvantages, evaluate, for and against,
        recommend one, versus,
        taking into account, strategic, options of, take a position, critically, implications,
        course of action, recommend a mix, schools of, discuss, discussing, auditability""",
    "plan": "plan, itinerary, roadmap, study plan, training plan, timetable, seating, agenda for",
    "explain": """explain, describe, why, elaborate, in detail, how does, how do, walk me through,
        erkläre, warum, explique, pourquoi, explica, por qué""",
    "create": """write, draft, compose, story, essay, poem, haiku, limerick, letter, speech, ideas,
        suggest, recipe, recommend, rewrite, cover letter, brainstorm, schreibe, escribe, écris""",
    "simple": """translate, synonym, spell, spelling, define, convert, calculate, plus, minus,
        times, square root, percent, opposite, symbol, decimal, plural, prime number, factor,
        simplify, solve, compute, how do you say, how do i say, in total celsius, übersetze,
        traduis, traduce, hauptstadt, capitale, capital""",
    "fact": """who discovered, who invented, who wrote, who painted, who composed, who was,
        what is the capital, in which year, in what year, what year, when was, stand for,
        stands for, mean, meaning, abbreviation, history of, medical term, definition, invented,
        discovered, who appoints, who founded, how many legs,
        how many judges, difference between, wer hat, qui a, quién""",
    "code": """python, javascript, typescript, java, rust, golang, haskell, sql, html, css, bash,
        regex, regular expression, function, class, method, compile, compiler, code, codebase,
        refactor, unit test, pytest, docker, dockerfile, kubernetes, react, component, django,
        flask, api, endpoint, useeffect, array, linked list, loop, variable, git, npm, pandas,
        numpy, json, yaml, shell script, script, stack trace, debug, thread safe, multithreaded,
        type hints, type annotations, docstring, pull request, algorithm, data structure, lru cache,
        cache, mutex, async, callback, heap, pointer, div, parser, queue, service, schema, queries,
        thread, threadlocal, sql injection, sharding, backend, frontend, iso 8601, hash, binary,
        binary search,
        b-tree, funktion, función, fonction, programm, programa, python-funktion, c++,
        go service""",
    "attack": "prompt injection, injection, jailbreak, jailbreaking",
    "fault": """error, exception, bug, crash, crashes, traceback, stack trace, typeerror,
        indexerror, nullpointerexception, modulenotfounderror, segmentation fault, hangs, hang,
        fails, deadlock, deadlocks, does not work, doesn't work, what's wrong, wrong, leak, leaks,
        rerender, core dumped, undefined""",
    "deep_fault": """deadlock, deadlocks, race condition, memory leak, leaks memory, heap grows,
        high latency, under load, root cause, flaky, multithreaded, rerenders forever""",
    "summarize": """summarize, summarise, summary, tldr, tl;dr, key points, main points, gist,
        condense, shorten, shorter, recap, boil down, takeaways, key takeaways, abstract for,
        in one sentence, sum up, overview of what, executive summary, zusammenfassen, fasse,
        zusammen, zusammenfassung, résume, résumer, résumé, resume, resumir, resumen, 总结, 摘要""",
    "source": """according to, cite, citation, citations, source, sources, quote, documentation,
        docs, readme, manual, handbook, changelog, wiki, policy, guideline, guidelines, article
        says, the passage, attached, contributing.md, readme.md, say about, says about, look up,
        search the web, papers on, studies on, paper, postmortem, meeting notes, in the text,
        described, dokumentation, laut, selon, según, clinical trials, court decisions, sources on,
        search, find me, find a source, references""",
    "recent": """latest, current, currently, today, yesterday, tomorrow, this week, this month,
        this year, right now, recent, recently, news, newest, last week, last night, at the moment,
        weather, weather forecast, share price, exchange rate, last month, up to date, nowadays,
        aktuell, heute, aujourd'hui, hoy, opening hours, price of bitcoin""",
    "own": """our, ours, handbook, in-house, this project, the project, this repo, repo,
        repository, codebase, secondhalf, intranet, onboarding, postmortem, our office, our company,
        our team, do we, meeting notes, readme, changelog, this tool, the docs,
        contributing.md, our service, unsere, unserer, notre, nuestra""",
    "lookup": """where, which file, which team, who approves, who owns, who is responsible, what is
        our, what does, what do, which option, which options, which environment variable, how does,
        how is, does our, how many, when is, in which section, what are the default, what did""",
    "medical": """medicine, medication, medical, doctor, patient, diagnosis, diagnose, disease,
        illness, cancer, diabetes, fever, rash, pregnant, pregnancy, headache, antibiotics, insulin,
        vaccine, surgery, therapy, chemotherapy, symptom, symptoms, blood pressure, chest pain,
        palpitations, infection, strep throat, mri, stethoscope, heart attack, cholesterol, statins,
        antidepressants, asthma, allergy, tumour, tumor, mole, lump, side effects, dna, liver,
        beta blockers, depression, overdose, dose, dosage, pills, tablet, prescription, stroke,
        kopfschmerzen, fieber, fièvre, médicament, fiebre, medicamento, 发烧, 药,
        heart palpitations,
        migraine, vomiting, bleeding, numb, dyspnoea, oedema, clinical, wound""",
    "drug": """dose, dosage, ibuprofen, paracetamol, acetaminophen, aspirin, sertraline,
        tramadol, metformin,
        amoxicillin, penicillin, insulin, antibiotics, antidepressants, statins, opioids, morphine,
        diazepam, xanax, warfarin, prednisone, ibuprofeno, paracétamol, codeine, melatonin, vaccine,
        blood pressure pills, pills, sleeping pills, medication, medicine, 退烧药""",
    "dosing": """dose, dosage, milligrams, mg, how much, how many, take, give, double my dose, mix,
        together with, stop taking, per day, overdose, dosis, wie viel, combien, cuánto, 多少,
        weigh, weighs""",
    "symptom": """blood, cough, coughing, can't breathe, fainted, ache, swelling,
        i have had a fever, cancer, headache, pain, hurts, infected, strep throat,
        migraine, fever, rash, chest pain, numb, bleeds, bleeding, lump, mole,
        palpitations, pregnant, high temperature, vomiting, dizzy, blood in, swollen, worried,
        shortness of breath, is it cancer, dangerous, dyspnoea, patient presents, seizure""",
    "legal": """law, legal, lawyer, sue, sued, court, lawsuit, contract, lease, landlord, tenant,
        evict, eviction, arrested, plead, guilty, police, crime, felony, misdemeanor, judge, judges,
        attorney, liable, liability, copyright, trademark, patent, gdpr, statute, regulation,
        clause,
        non-compete, deposit, settlement, divorce, custody, inheritance law, habeas corpus,
        supreme court, magna carta, will contest, claim, employer, notice period, article 17,
        verklagen, vermieter, avocat, abogado, summons, pro bono, section 230, legislation""",
    "legal_action": """sue, sued, evict, plead, file the claim, file a claim, court, lawsuit, sign,
        break my lease, signed lease, fire me, arrested, summons, contest, take them to court,
        settlement, appeal, press charges, my contract, legal steps, verklagen, terminate, contract,
        testify, police, custody, divorce, non-compete, get out of""",
    "financial": """invest, investment, stock, stocks, shares, bond, bonds, mortgage, loan, savings,
        retirement, pension, portfolio, bitcoin, crypto, etf, index fund, fund, funds, interest,
        compound interest, apr, inflation, tax, taxes, inheritance, debt, debts, dividend, currency,
        bank, balance sheet, ifrs, net present value, share price, dow jones, refinance, credit,
        exchange rate, interest rates, accounting, ecb, opportunity cost, geld anlegen, aktien""",
    "money_move": """invest, put my savings, put my entire, take out a loan, second mortgage,
        sell my
        house, buy, cash out, refinance, wire, transfer, portfolio, retirement, pension,
        inheritance,
        savings, pay off, all my savings, avoid tax, mortgage""",
    "self_harm": """kill myself, end my life, suicide, suicidal, hurt myself, hurting myself,
        don't want to live, do not want to live, want to die, cutting myself, self-harm,
        harm myself,
        better off dead, i were dead, no reason to live, overdose on, take my own life,
        mich umbringen, me suicider, suicidarme, 自杀""",
    "weapon": """pipe bomb, make a bomb, build a bomb, homemade bomb, nerve gas, untraceable gun,
        sarin, ghost gun, cook meth, methamphetamine, anthrax, chemical weapon, bioweapon, molotov,
        ransomware, keylogger, poison someone, detonator, make explosives, write malware,
        explosivos, 炸弹""",
    "harm": """bomb, bombs, explosive, explosives, malware, break into, steal, grenade, silencer,
        bombe, bomba, hack into, stalk, weapon, weapons, poison""",
    "destroy": """delete, drop, wipe, erase, truncate, destroy, rm, purge, shut down, remove,
        format,
        overwrite, force push, reset, revoke, terminate, lösche, supprime, borra, 删除""",
    "precious": """production, prod, live server, live database, database, databases, backups,
        backup,
        customer records, user accounts, all tables, all files, server, cluster, old history, main,
        everything, live, master branch, disk, datenbank, produktionsdatenbank, 数据库""",
    "operate": """deploy, release, rollback, restart, reboot, migration, migrate, force push, sudo,
        restore""",
    "secret": """password, passwords, api key, api keys, credentials, secret key, private key,
        ssh key, access token, passphrase, root access, license keys, pin code, passwort""",
    "hand_over": "give me, show me, tell me, print, reveal, what is, what are, send, list, share",
    "stakes": """should i, can i, may i, i have, my, am i, is it safe, what should, do i have to,
        should we, i want to, i was, me, i, is it wise, good idea, darf ich, soll ich, kann ich,
        meinem, puis-je, mon, puedo, should a, my daughter, my son, my child, my baby, 孩子,
        应该""",
    "greeting": """hi, hello, hey, good morning, good evening, thanks, thank you, bye, goodbye,
        cheers,
        how are you, what's up, how's it going, nice to meet you, see you, you're welcome, hallo,
        danke, bonjour, merci, hola, gracias, 你好, 谢谢, lol, haha, who are you, got it""",
    "tool_object": """ticket, issue, event, reminder, calendar, shopping list, list, pull request,
        pr,
        branch, folder, file, files, alarm, appointment, meeting, call, table for, tests,
        test suite,
        unit tests, script, server, service, container, heating, lights, music, jazz, pizzas, pizza,
        channel, email, message, account, docker, package, flight, hotel, seats, migration, command,
        build, pipeline, job, web server, database, tables, slack, todo list, playlist, room, blog
        post, version, photos, workflow""",
    "math_story": """how many, how much, how old, how far, how long, how fast, what is the largest,
        what is the total, altogether, left, remain, each, in total, more than, as many, as old,
        twice, half as, per hour, per week, per minute, earn, earns, costs, profit, percent""",
}

ACTIONS = """send email mail book reserve schedule remind deploy release push commit merge restart
    install uninstall rename upload download cancel publish transfer wire delete drop wipe erase
    truncate purge shut rm git kubectl sudo reboot tweet notify forward subscribe unsubscribe
    archive
    post schicke sende buche lösche envoie envoyer réserve supprime envía reserva borra"""
WEAK_ACTIONS = """create add open set run start stop move copy order buy turn play call execute pay
    remove update close switch enable disable invite submit check save apply push format"""
FILLERS = """please can could would will you i we want
    need to go ahead and now then just ok okay hey
    so also kindly shall do like let's us great perfect nice works well yes sure alright hi hello
    d'd 'd me should the bitte kannst du puedes peux-tu por favor first finally next permanently
    immediately quickly"""

INNOCENT = frozenset(
    """contact context content protect prevent station severe threat interval remainder remained
    layer ring hearing heard thinking brings bring bridge stages former status statue health healthy
    produce product color colour liters spending intent invent count fewer presence prevent
    traits appear appears appeal parents parent patents matter master admitted sampling scores
    employed employer employee cookies shelter friction fiction section action auction option
    desert dessert career carrier through thought though quiet quite principle principal advice
    advise device devise affect effect accept except moral mortal normal formal formula format
    related relation rational national notion nation motion emotion mention tension pension
    session mission vision version marital martial material marital causal casual trail trial
    county country counter counters encounter charge change chance challenge dinner
    sever several server serve served serving leaves leave leading reading heading loading stable
    tablet tables cable staple region religion reign lesson lessons listen stream steam breach
    breath broach coach reach react create crate grate great treat threat throat combined
    combine commit comment command demand depend defend deploy employ replay reply relay
    interest interested interesting insert inserted observe reserve preserve deserve reverse
    resources recourse resort restore restored explore explode expose express impress
    compress compose compute computer commuter composer proposal property propriety
    destroyed distance instance instant constant content contents contexts stocked
    founded funding finding binding winding shining sharing shared stored starting
    staring string strings spring sprint springs stress street letters latter litter better
    butter bitter batter battery lottery pottery posted pasted tasted tested rested listed
    drugs drags grower power tower lower flower slower shower plants planet planets
    planned planner plane planes places palace peace pieces prices prizes prides bridges
    complete cases parking difficulty broke summer aging supplied guaranteed farther father medial
    manage managed chose renal flies exert phases pants trough sands relieve corps precious breadth
    route routes analyst reactor deprive bother suction bride covert aspiring sting stains optimism
    leaning simpler moths sneakers smelling injected lengthy strands bloody neighbor analyze stern
    polite officer divided contained photons fight factory shipping concert guilt strike contrast
    prison swelling retain scheme remote thorough studied studios meditation backyard printer
    founder brunch socks massage silence commute painter sweating melting fiber fibre hunting
    weight weights compete healing shapes tanks mastery capita
    expect expected expert export exports import imports report reports resort record
    """.split()
)
"""Ordinary words that are one letter away from a cue, and no typos of it."""

PATTERN_WORDS = """which would could should again thing better prime square population times
    document returns return returning parses parsing write ideas idea
    convert model strongest extremely difficult problem question previous
    instructions ignore reveal system prompt weather about without"""
"""Ordinary words that patterns look for; typos of them are put right too."""
