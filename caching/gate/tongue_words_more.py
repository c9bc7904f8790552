"""Words and frames of Italian, Portuguese, Dutch and Polish for `tongues`. Own lists."""

from __future__ import annotations

RULES: dict[str, dict[str, str]] = {
    "it": {
        "marks": "il lo gli di che è sono perché quale quali dove quando della del nel nella come posso una per un con in le la i mi chi ha si può fare senza tra fra quanto quanti cosa a scrivi spiega traduci dell' l' al dal mio mia ho",
        "polite": r"""
            ^(?:ciao|salve|buongiorno|buonasera|buon giorno|hey|ehi)(?: a tutti| ragazzi)?(?: ?[,.](?: |$)| (?=(?:come|cosa|perché|dove|quando|chi|quale|quali|quanto|che|puoi|potresti|mi|posso|vorrei|qual)\b))
            ^(?:scusa|scusi|scusate|una domanda|domanda veloce|ho una domanda|domanda|per favore|per piacere|per cortesia|allora|senti|senta|ma|e|quindi|ecco|dunque|beh) ?[,.:]? (?=\S)
            ^(?:puoi|potresti|può|potrebbe|potete|mi puoi|mi potresti|mi può|mi potrebbe|qualcuno può|qualcuno sa) ?(?:per favore )?(?:dirmi|spiegarmi|dire|spiegare|indicarmi|mostrarmi)? ?,? (?=(?:come|cosa|perché|dove|quando|chi|quale|quali|quanto|quanti|che cosa|se)\b)
            ^(?:sai|sapete|lei sa|vorrei sapere|mi piacerebbe sapere|voglio sapere|mi chiedo|mi chiedevo|dimmi|mi dica|spiegami|mi spieghi|mi sai dire|sapresti dirmi|saprebbe dirmi) ?,? (?=(?:come|cosa|perché|dove|quando|chi|quale|quali|quanto|quanti|che cosa|se)\b)
            [ ,.]+(?:per favore|per piacere|per cortesia|grazie|grazie mille|tante grazie|molte grazie|grazie in anticipo|mille grazie|se possibile)$
            (?<=\S) (?:per favore|esattamente|per piacere)(?=\s|$)
        """,
        "frames": r"""
            compare = (?:qual è|quali sono|che|spiega|spiegami|mi spieghi|c'è|qual) ?(?:la|le)? ?differenz[ae](?: c'è| ci sono| esiste)? (?:tra|fra) (.*)
            compare = (?:la |le )?differenz[ae] (?:tra|fra) (.*)
            compare-from = (?:in cosa|in che cosa|come) (?:differisce|si differenzia|si distingue) (.*?) (?:da|dal|dalla) (.*)
            compare = (?:in cosa|in che cosa|come) (?:differiscono|si differenziano|si distinguono) (.*)
            compare = confronta(?:re)? (.*)
            compare = (.*?),? (?:qual è la differenza|che differenza c'è|quali sono le differenze)
            why = (?:perché|per quale motivo|per quale ragione|come mai|qual è il motivo per cui|a cosa è dovuto che) (.*)
            purpose = (?:a cosa serve|a cosa servono|a che serve|a che cosa serve|qual è lo scopo di|cosa fa|che cosa fa|che fa|cosa fanno) (.*)
            what = (?:che cos'è|cos'è|che cosa è|cosa è|che cosa sono|cosa sono|cosa significa|che significa|che cosa significa|cosa vuol dire|che vuol dire|spiega|spiegami|mi spieghi|definisci|definizione di|significato di|descrivi|descrivimi|qual è il significato di|parlami di|cosa si intende per) (.*)
            can = (?:posso|si può|è possibile|potrei|possiamo|c'è modo di|c'è un modo per|ho la possibilità di) (.*)
            howto-infinitive = (?:come|in che modo|in quale modo) (?:posso|si può|faccio a|faccio per|si fa a|si fa per|devo fare per|fare per|potrei|dovrei|bisogna|devo|fare a)? ?(?=\S+(?:are|ere|ire|rre)\b)(.*)
            howto-infinitive = (?:qual è il (?:miglior |modo migliore )?(?:modo|comando|metodo|procedimento)|quali sono i passi|quali sono i passaggi|quale comando(?: serve| si usa)?|cosa devo fare|che cosa devo fare|cosa bisogna fare|c'è un modo|vorrei|voglio|ho bisogno di|aiutami a|istruzioni) ?(?:per |di )?(?=\S+(?:are|ere|ire|rre)\b)(.*?)(?:,? come (?:faccio|posso fare|si fa))?
            howto-first = (?:come|in che modo) (?:si )?(\S+(?:o|a|e)) (.*)
            make = (?:scrivi|scriva|scrivimi|mi scriva|redigi|prepara|preparami|crea|creami|genera|fammi|dammi|mi serve|ho bisogno di|vorrei|puoi scrivere|potresti scrivere|può scrivere|potrebbe scrivere|mi puoi scrivere|puoi scrivermi|potresti scrivermi|puoi creare) (.*)
            translate = (?:traduci|traduca|traducimi|tradurre|puoi tradurre|potresti tradurre|può tradurre|potrebbe tradurre|mi traduci) (.*)
        """,
        "prepositions": "in con per senza su da dal dalla dai dalle nel nella nei nelle sul sulla prima dopo durante secondo contro ad a al alla verso",
        "determiners": "il lo la i gli le l' un uno una un' mio mia miei mie tuo tua suo sua questo questa questi queste quello quella nostro nostra",
        "closed": "come che cosa chi dove quando quale quali quanto quanti perché si non è sono posso può devo e o se il lo la i gli le un una scrivi crea spiega",
        "conjunctions": "e ed o",
        "negations": "non mai né nessun nessuno nessuna neanche",
        "synonyms": """
            cifro, cripto
            cifrare, criptare, crittografare
            attivare, abilitare
            attivo, abilito
            disattivare, disabilitare
            cancellare, eliminare
            cancello, elimino
            computer, pc
            auto, macchina, automobile
            cartella, directory
            usare, utilizzare
            uso, utilizzo
            iniziare, cominciare
            cambiare, modificare
            email, mail, e-mail
            telefono, cellulare
            medico, dottore
            azienda, ditta, società
            appartamento, casa
            fare, preparare
        """,
    },
    "pt": {
        "marks": "o os uma um não em quais onde porque meu minha você qual é como que de do da no na para com por são faço posso eu a as ao quero escreva explique traduza quantos quanto quem sobre entre sem mais",
        "polite": r"""
            ^(?:olá|ola|oi|bom dia|boa tarde|boa noite)(?: pessoal| a todos| gente| equipe)?(?: ?[,.](?: |$)| (?=(?:como|o que|por que|onde|quando|quem|qual|quais|quanto|você|pode|posso|eu|preciso|me)\b))
            ^(?:uma pergunta|pergunta rápida|tenho uma dúvida|uma dúvida|dúvida|desculpe|desculpa|com licença|por favor|então|bem|olha|e|mas|bom|tenho uma pergunta|pergunta) ?[,.:]? (?=\S)
            ^(?:você pode|você poderia|pode|poderia|podes|podias|alguém pode|alguém poderia|o senhor poderia|vocês podem) ?(?:por favor )?(?:me )?(?:dizer|explicar|informar|falar|mostrar|dizer me|explicar me) ?,? (?=(?:como|o que|por que|porque|onde|quando|quem|qual|quais|quanto|quantos|se)\b)
            ^(?:você sabe|sabes|alguém sabe|gostaria de saber|queria saber|quero saber|me diga|diga me|diz me|me explica|explica me|me explique|me pergunto|eu gostaria de saber|sabe me dizer|preciso saber) ?,? (?=(?:como|o que|por que|porque|onde|quando|quem|qual|quais|quanto|quantos|se)\b)
            [ ,.]+(?:por favor|obrigado|obrigada|muito obrigado|muito obrigada|agradeço|agradeço desde já|desde já agradeço|obrigado desde já|valeu|grato|grata|se possível|abraço|abraços)$
            (?<=\S) (?:por favor|exatamente|afinal)(?=\s|$)
        """,
        "frames": r"""
            compare = (?:qual é|qual a|quais são|quais as|que|explique|explica|me explique|há|qual) ?(?:a|as)? ?diferenças?(?: há| existe| existem)? entre (.*)
            compare = (?:a |as )?diferenças? entre (.*)
            compare-from = (?:em que|como) (?:difere|se diferencia|se distingue) (.*?) (?:de|do|da) (.*)
            compare = (?:em que|como) (?:diferem|se diferenciam|se distinguem) (.*)
            compare = compare?a?r? (.*)
            compare = (.*?),? (?:qual é a diferença|qual a diferença|que diferença há|quais são as diferenças)
            why = (?:por que|porque|por que razão|por que motivo|por qual motivo|qual é o motivo de|qual é a razão pela qual|como é que) (.*)
            purpose = (?:para que serve|para que servem|pra que serve|qual é a função de|qual é o propósito de|o que faz|o que fazem|qual a função de) (.*)
            what = (?:o que é|o que são|o que significa|o que quer dizer|que é|que significa|explique|explica|explica me|me explique|defina|define|definição de|significado de|descreva|qual é o significado de|fale sobre|o que se entende por) (.*)
            can = (?:posso|pode se|é permitido|é possível|eu posso|podemos|dá para|dá pra|há como|tem como|poderia|seria possível|existe alguma forma de) (.*)
            howto-infinitive = (?:como|de que forma|de que maneira) (?:eu posso|posso|se pode|faço para|faço pra|eu faço para|devo|podemos|fazer para|é que posso|é que se pode|eu consigo|consigo|poderia|devo fazer para)? ?(?=\S+(?:ar|er|ir|or|ôr)\b)(.*)
            howto-infinitive = (?:qual é a (?:melhor )?(?:forma|maneira)|qual a (?:melhor )?(?:forma|maneira)|qual é o (?:melhor )?(?:modo|comando|método|procedimento)|quais são os passos|que comando|qual comando|o que devo fazer|o que preciso fazer|há alguma forma|existe alguma forma|quero|queria|gostaria|preciso|me ajude a|instruções|passos) ?(?:de |para )?(?=\S+(?:ar|er|ir)\b)(.*?)(?:,? como (?:faço|posso fazer|fazer))?
            howto-first = como (?:eu |se )?(\S+(?:o)) (.*)
            make = (?:escreva|escreve|escreve me|me escreva|redija|crie|cria|gere|gera|faça|faz|faça me|prepare|dê me|me dê|preciso de|quero|gostaria de|pode escrever|poderia escrever|você pode escrever|você poderia escrever|podes escrever|pode criar) (.*)
            translate = (?:traduza|traduz|traduzir|pode traduzir|poderia traduzir|você pode traduzir|você poderia traduzir|podes traduzir) (.*)
        """,
        "prepositions": "em no na nos nas com para pra por sem sobre até desde antes depois após durante segundo contra num numa ao à pelo pela",
        "determiners": "o a os as um uma uns umas meu minha meus minhas seu sua seus suas este esta esse essa nosso nossa teu tua",
        "closed": "como que quem onde quando qual quais quanto quantos eu se não é são posso pode e ou o a os as um uma escreva crie explique",
        "conjunctions": "e ou",
        "negations": "não nunca jamais nem nenhum nenhuma ninguém",
        "synonyms": """
            desfazer, reverter
            ativar, habilitar
            desativar, desabilitar
            apagar, excluir, deletar, remover, eliminar
            arquivo, ficheiro
            computador, pc
            carro, automóvel
            pasta, diretório
            usar, utilizar
            uso, utilizo
            começar, iniciar
            mudar, alterar, modificar
            senha, palavra-passe
            email, mail, e-mail
            celular, telemóvel
            médico, doutor
            empresa, companhia
            tomar, beber
            após, depois_de
            int, inteiro
        """,
    },
    "nl": {
        "marks": "de het een en niet hoe wat waarom waar wanneer welke mijn met voor zijn van ik je is op in kan kun u tussen zonder hoeveel mag moet schrijf leg vertaal te er dat om bij wordt naar heb wie uit",
        "polite": r"""
            ^(?:hallo|hoi|hey|hi|goedemorgen|goedemiddag|goedenavond|goedendag|dag|beste)(?: allemaal| allen| iedereen| team)?(?: ?[,.](?: |$)| (?=(?:hoe|wat|waarom|waar|wanneer|wie|welke?|kun|kunt|kan|mag|ik|zou|weet)\b))
            ^(?:korte vraag|een vraag|vraagje|snel vraagje|ik heb een vraag|een vraagje|vraag|sorry|pardon|even|nou|dus|zeg|alsjeblieft|alstublieft|eh|en|maar|oké) ?[,.:]? (?=\S)
            ^(?:kun je|kunt u|kan je|zou je|zou u|kan iemand|kunnen jullie|kan u) ?(?:mij |me )?(?:alsjeblieft |alstublieft |misschien |even )*(?:kunnen )?(?:vertellen|zeggen|uitleggen|laten zien) ?,? (?=(?:hoe|wat|waarom|waar|wanneer|wie|welke?|hoeveel|waarvoor|waartoe|of)\b)
            ^(?:weet je|weet u|weet iemand|ik vraag me af|ik vroeg me af|ik wil graag weten|ik wil weten|ik zou graag willen weten|ik zou graag weten|vertel me|vertel mij|leg me uit|leg uit|zeg me|laat me zien|enig idee) ?,? (?=(?:hoe|wat|waarom|waar|wanneer|wie|welke?|hoeveel|waarvoor|waartoe|of)\b)
            [ ,.]+(?:alsjeblieft|alstublieft|aub|ajb|bedankt|dank je|dank u|dank je wel|dank u wel|alvast bedankt|bedankt alvast|met dank|heel erg bedankt|groetjes|groeten|indien mogelijk|als het kan)$
            (?<=\S) (?:alsjeblieft|alstublieft|eigenlijk|precies|nou|even|aub)(?=\s|$)
        """,
        "frames": r"""
            compare = (?:wat is|wat zijn|leg|geef|beschrijf|noem|is er) ?(?:het|de|een)? ?(?:verschil(?:len)?) tussen (.*?)(?: uit)?
            compare = (?:het |de )?verschil(?:len)? tussen (.*)
            compare-from = (?:waarin|hoe) verschilt (.*?) van (.*)
            compare = (?:waarin|hoe) verschillen (.*)
            compare = vergelijk (.*)
            compare = (.*?),? (?:wat is het verschil|wat zijn de verschillen)
            why = (?:waarom|om welke reden|hoe komt het dat|wat is de reden dat|waardoor) (.*)
            purpose = (?:waarvoor dient|waartoe dient|waarvoor is|wat doet|wat doen|waar is|waarvoor gebruik je|waarvoor gebruikt men|wat is het doel van) (.*?)(?: voor)?
            what = (?:leg uit |leg me uit )?wat (.*) (?:is|zijn|betekent|inhoudt)
            what = (?:wat betekent|wat betekenen|wat is|wat zijn|wat houdt|wat wordt bedoeld met|definieer|definitie van|betekenis van|beschrijf|leg uit wat|leg|wat verstaat men onder) (.*?)(?: uit| in| is| zijn)?
            can-last = (?:kan ik|kun je|kan je|kan men|kunt u|kunnen we|is het mogelijk om|is het mogelijk|kan iemand) (.*)
            may = (?:mag ik|mag je|mag men|mogen we|is het toegestaan om|is het toegestaan) (.*)
            howto-last = (?:hoe|op welke manier|op welke wijze) (?:kan|kun|moet|zou|kunt|zal) (?:ik|je|men|jij|u|we) (?:het beste |best )?(.*)
            howto-last = (?:wat is de (?:beste )?(?:manier|opdracht)|wat is het commando|welk commando|welke stappen|wat moet ik doen|ik wil|ik zou|is er een manier|hoe ga ik te werk|help me|handleiding) ?,? ?(?:om |gebruik ik om )?(.*?)(?: hoe(?: doe ik dat| moet dat)?)?
            howto-first = (?:hoe|op welke manier) (\S+) (?:ik|je|men|jij|u|we) (.*)
            make = (?:schrijf|maak|genereer|stel|geef|ik heb|kun je|kunt u|zou je|wil je|creëer) (?:me |mij )?(?:alsjeblieft |alstublieft )?(.*?)(?: op| schrijven| nodig| maken| opstellen)?
            translate = (?:vertaal|kun je|kunt u|zou je) (?:me |mij )?(.*?)(?: vertalen)?
        """,
        "prepositions": "in op met voor van uit bij zonder naar om aan tot tijdens tegen na sinds onder tussen door over per via",
        "determiners": "de het een mijn jouw je uw zijn haar ons onze dit dat deze die",
        "closed": "hoe wat waarom waar wanneer wie welke welk ik je men u we er het de een mijn kan mag moet is zijn en of dat als te",
        "conjunctions": "en of",
        "negations": "niet geen nooit noch",
        "synonyms": """
            bestand, file
            computer, pc
            auto, wagen
            map, folder, directory
            gebruiken, benutten
            verwijderen, wissen
            verwijder, wis
            beginnen, starten
            wijzigen, veranderen, aanpassen
            wachtwoord, paswoord
            email, mail, e-mail
            mobiel, mobieltje, smartphone
            arts, dokter
            bedrijf, firma, onderneming
            fiets, rijwiel
            kopen, aanschaffen
            inschakelen, aanzetten, activeren
            uitschakelen, uitzetten, deactiveren
        """,
    },
    "pl": {
        "marks": "jak co nie jest się czy dlaczego gdzie kiedy który w na z do dla o i to po przez od mogę można bez między są mam proszę napisz wyjaśnij ile jaka jaki jakie że oraz mi",
        "polite": r"""
            ^(?:cześć|hej|witam|dzień dobry|dobry wieczór|witajcie|siema)(?: wszystkim| wszyscy)?(?: ?[,.](?: |$)| (?=(?:jak|co|dlaczego|gdzie|kiedy|kto|który|czy|ile|możesz|mam)\b))
            ^(?:szybkie pytanie|pytanie|mam pytanie|przepraszam|proszę|no|więc|a|słuchaj) ?[,.:]? (?=\S)
            ^(?:czy )?(?:możesz|mógłbyś|mogłabyś|może pan|może pani|mógłby pan|mogłaby pani|ktoś może)(?: mi)?(?: proszę)? (?:powiedzieć|wyjaśnić|podpowiedzieć|wytłumaczyć) ?,? (?=(?:jak|co|dlaczego|czemu|gdzie|kiedy|kto|który|która|jaki|jaka|jakie|ile|czy)\b)
            ^(?:wiesz|czy wiesz|czy ktoś wie|chciałbym wiedzieć|chciałabym wiedzieć|zastanawiam się|powiedz mi|powiedz|wyjaśnij mi) ?,? (?=(?:jak|co|dlaczego|czemu|gdzie|kiedy|kto|który|która|jaki|jaka|jakie|ile|czy)\b)
            [ ,.]+(?:proszę|dziękuję|dzięki|z góry dziękuję|z góry dzięki|pozdrawiam|dziękuję bardzo)$
            (?<=\S) (?:właściwie|dokładnie|proszę)(?=\s|$)
        """,
        "frames": r"""
            compare = (?:jaka jest różnica|jakie są różnice|różnica|różnice|wyjaśnij różnicę|na czym polega różnica) (?:między|pomiędzy) (.*)
            why = (?:dlaczego|czemu|z jakiego powodu|z jakiej przyczyny) (.*)
            what = (?:co to jest|co to są|co to|co oznacza|co znaczy|wyjaśnij co to jest|wyjaśnij co oznacza) (.*)
            howto-infinitive = (?:jak|w jaki sposób) (?:mogę|można|powinienem|należy|mam)? ?(?=\S+ć\b)(.*)
            can = (?:czy mogę|czy można|czy da się|czy jest możliwe|czy wolno|mogę|można) (.*)
        """,
        "prepositions": "w we na z ze bez dla do od po przed przez podczas przy pod nad u o",
        "determiners": "ten ta to mój moja moje swój swoją ten tego tej",
        "closed": "jak co dlaczego gdzie kiedy który jest są się nie czy i lub oraz mogę można że",
        "conjunctions": "i a lub oraz",
        "negations": "nie bez nigdy ani żaden żadna",
        "synonyms": """
            zwrócić, oddać
            cofnąć, wycofać

            usunąć, skasować
            włączyć, aktywować
            wyłączyć, dezaktywować
            zmienić, zmodyfikować
        """,
    },
}  # fmt: skip
