"""Words and frames of the languages that `tongues` reads. Own lists."""

from __future__ import annotations

import re
import unicodedata

from .tongue_words_more import RULES as MORE

ARTICLES = frozenset(
    [
        "ein",
        "eine",
        "einen",
        "der",
        "die",
        "das",
        "dem",
        "den",
        "le",
        "la",
        "les",
        "l'",
        "un",
        "une",
        "des",
        "el",
        "los",
        "las",
        "una",
        "il",
        "lo",
        "gli",
        "i",
        "uno",
        "o",
        "a",
        "os",
        "as",
        "um",
        "uma",
        "de",
        "het",
        "een",
    ]
)
PARTICLES = {
    "de": frozenset(["ab", "an", "auf", "aus", "ein", "mit", "nach", "vor", "zu", "zurück", "um", "weg", "los", "her", "hin", "neu", "frei", "fest", "heraus", "hinzu", "zusammen", "herunter", "hoch", "wieder"]),
    "nl": frozenset(["af", "aan", "op", "uit", "in", "mee", "na", "voor", "toe", "terug", "om", "weg", "los", "door", "over", "samen"]),
}  # fmt: skip


def _german(word: str, infinitive: bool) -> str:
    if infinitive:
        word = without_zu(word)
        return word[:-2] if word.endswith("en") else word[:-1] if word.endswith("n") else word
    return word[:-1] if word.endswith("e") else word[:-1] if word.endswith("t") else word


def without_zu(text: str) -> str:
    """ "Reis einzufrieren" and "das zu lesen" are "Reis einfrieren" and "das lesen"."""
    text = re.sub(r"(?:zu|te) (\S+en)$", r"\1", text)
    particles = "|".join(sorted(PARTICLES["de"]))
    return re.sub(rf"(?<!\S)({particles})zu(\S+en)$", r"\1\2", text)


def _dutch(word: str, infinitive: bool) -> str:
    word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    if infinitive and word.endswith("en"):
        word = word[:-2]
    word = re.sub(r"([aeou])\1(?=[bcdfgklmnprstvz]$)", r"\1", word)
    word = re.sub(r"([bcdfgklmnprst])\1$", r"\1", word)
    return word[:-1] + {"v": "f", "z": "s"}.get(word[-1:], word[-1:])


def _romance(word: str, infinitive: bool) -> str:
    for ending in ("are", "ere", "ire", "ar", "er", "ir", "rre") if infinitive else ("o", "a", "e"):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)]
    return word


def _same(word: str, infinitive: bool) -> str:
    return word


STEMS = {"de": _german, "nl": _dutch, "es": _romance, "it": _romance, "pt": _romance, "fr": _same, "pl": _same}

AND = {"de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en", "pl": "i"}

RULES: dict[str, dict[str, str]] = {
    "de": {
        "marks": "der die das und ist nicht ein eine einen einem einer wie ich wir mit für auf zu kann man warum wieso wo wann welche welcher welches sind wird den dem im vom zum zur was wer bei von aus mein meine meinen mir schreibe schreib erkläre zwischen ohne oder darf muss soll gibt es am als bitte unter wozu wofür erklär formuliere übersetze nenne kannst du",
        "polite": r"""
            ^(?:hallo|hi|hey|moin|servus|guten tag|guten morgen|guten abend|grüß gott|liebes team|sehr geehrte damen und herren)(?: zusammen| alle| leute| ihr lieben| an alle)?(?: ?[,.](?: |$)| (?=(?:wie|was|warum|wieso|weshalb|wo|wann|wer|welche|welcher|welches|kann|kannst|könnt\S*|können|ich|wir|mein|meine|bitte|darf|gibt|erklär\S*|schreib\S*)\b))
            ^(?:also|sag mal|sagt mal|mal ne frage|mal eine frage|kurze frage|eine frage|frage|eine kurze frage|ich hätte (?:da )?(?:mal )?eine (?:kurze )?frage|entschuldigung|entschuldigen sie|sorry|verzeihung|tja|na|äh|ähm|hm|ok|okay|so|nun|und|aber|bitte|ach) ?[,.:]? (?=\S)
            ^(?:kannst du|könntest du|können sie|könnten sie|würdest du|würden sie|kann|könnte)(?: jemand)? (?:mir|uns|mal|bitte|vielleicht|kurz|eventuell| )*(?:sagen|verraten|erklären|mitteilen|zeigen|helfen) ?,? (?=(?:wie|was|warum|wieso|weshalb|wo|wann|wer|welche|welcher|welches|ob|wofür|wozu|wodurch)\b)
            ^(?:sag|sage|sagen sie|erklär|erkläre|erklären sie|zeig|zeige|zeigen sie|verrate|verraten sie) (?:mir|uns)(?: mal| bitte| kurz)* ?,? (?=(?:wie|was|warum|wieso|weshalb|wo|wann|wer|welche|welcher|welches|wofür|wozu|wodurch)\b)
            ^(?:weißt du|wissen sie|weiß jemand|ich frage mich|ich wüsste gern|ich wüsste gerne|ich würde gern wissen|ich würde gerne wissen|ich möchte wissen|ich möchte gerne wissen|mich würde interessieren|ich will wissen|wisst ihr|weiß einer|hast du eine ahnung|eine ahnung) ?(?:bitte|zufällig|vielleicht)? ?,? (?=(?:wie|was|warum|wieso|weshalb|wo|wann|wer|welche|welcher|welches|ob|wofür|wozu|wodurch)\b)
            [ ,.]+(?:bitte|danke|danke schön|dankeschön|vielen dank|vielen lieben dank|besten dank|danke im voraus|vielen dank im voraus|danke dir|danke euch|danke ihnen|dank im voraus|lg|mfg|viele grüße|liebe grüße|bitte um hilfe|ich danke dir|weiß das jemand|weiß jemand das|weiß das einer|hat jemand eine idee|jemand eine idee|wenn möglich|falls möglich)$
            (?<=\S) (?:bitte|denn|doch|eigentlich|leider|nochmal|bloß|überhaupt)(?=\s|$)
            (?<=^was) genau(?= )|(?<=^wie) genau(?= )
        """,
        "frames": r"""
            compare = (?:was ist|was sind|was ist denn|worin besteht|worin liegt|worin bestehen|worin liegen|wo ist|wo liegt|erkläre?n?(?: sie)?(?: mir| uns)?|nenne?n?(?: sie)?(?: mir)?|beschreibe?(?: mir)?|gibt es) ?(?:der|die|den|einen|das|mir)? ?(?:genaue |genauen |wesentliche |wesentlichen )?(?:unterschiede?n?|differenz) (?:zwischen|von) (.*)
            compare = (?:der |die )?(?:unterschiede?) zwischen (.*)
            compare = (?:worin|wie|wodurch|in was|inwiefern) (?:unterscheiden|unterscheidet) sich (.*)
            compare = (.*?),? (?:worin|wie|wodurch) unterscheiden (?:sie|die|diese) sich
            compare = (.*?),? (?:was ist der unterschied|unterschied|unterschiede)
            compare = vergleiche?n?(?: sie)? (.*)
            why = (?:warum|wieso|weshalb|aus welchem grund|weswegen) (.*)
            what = (?:was bedeutet|was heißt|was ist mit|was versteht man unter|was ist denn|was ist|was sind|was genau ist|erklär|erkläre|erklären sie|definiere|definieren sie|beschreibe|beschreiben sie|definition von|bedeutung von|erklärung von|was meint man mit|erzähl mir etwas über) (?:mir |uns )?(?:bitte )?(?:der begriff |den begriff |das wort |die bedeutung von )?(.*?)(?: gemeint)?
            what = was (.*) (?:ist|sind|bedeutet|bedeuten|heißt)
            how-last = wie (?:ich|man|wir) (.*?)(?: kann| könnte| muss| soll)?
            purpose = (?:wozu dient|wozu dienen|wofür ist|wofür sind|wozu ist|wofür steht|was bewirkt|was bewirken|was macht|was machen|was tut|wofür braucht man|wozu braucht man|was ist der zweck von|zweck von|wofür benutzt man|wofür verwendet man|wozu verwendet man|wozu gibt es) (.*?)(?: gut| da)?
            can-last = (?:kann ich|kann man|können wir|könnte ich|könnte man|ist es möglich,?|besteht die möglichkeit,?|gibt es eine möglichkeit,?|geht es,?) (.*?)
            may = (?:darf ich|darf man|dürfen wir|ist es erlaubt,?|ist es gestattet,?) (.*)
            howto-last = (?:wie|auf welche weise|auf welche art|womit|wie genau) (?:kann|könnte|muss|soll|sollte|würde) (?:ich|man|jemand|wir) (?:am besten |am einfachsten )?(.*)
            howto-last = (?:was muss|was soll|was kann) (?:ich|man) (?:tun|machen),? um (.*?)
            howto-last = (?:wie geht man vor|wie gehe ich vor|wie schaffe ich es|wie schafft man es|wie gelingt es mir|ich möchte|ich will|wie lautet der befehl|welcher befehl dient dazu|was ist der (?:beste )?weg|gibt es einen weg|anleitung),? (?:um )?(.*?)(?: wie geht das| wie mache ich das| wie macht man das| wie)?
            howto-first = (?:wie|auf welche weise|wie genau) (\S+(?:e|t)) (?:ich|man) (?:am besten |am einfachsten )?(.*)
            make = (?:schreibe?|schreiben sie|formuliere?|formulieren sie|verfasse?|verfassen sie|erstelle?|erstellen sie|entwirf|entwerfen sie|generiere?|erzeuge?|ich brauche|ich benötige|gib|gib mir|mach|mache|kannst du|könntest du|können sie|könnten sie) (?:bitte )?(?:mir |uns )?(?:bitte )?(.*?)(?: schreiben| erstellen| formulieren| verfassen)?
            translate = (?:übersetze?|übersetzen sie|übertrage?|kannst du|könntest du|können sie|könnten sie) (?:mir )?(?:bitte )?(.*?)(?: übersetzen)?
        """,
        "prepositions": "in im ins auf mit aus bei beim für unter ohne per zum zur zu nach gegen am an seit bis während wegen zwischen durch über um vor",
        "determiners": "der die das dem den des ein eine einen einem einer eines mein meine meinen meinem meiner dein deine deinen deinem deiner unser unsere unseren unserem diesem dieser dieses diese diesen",
        "closed": "wie was warum wo wann wer welchem welchen wem wen welche welcher welches ich man wir du sie es der die das dem den ein eine einen einem einer mein meine meinen meinem meiner kann darf muss soll ist sind wird werden und oder dass wenn falls von vom die",
        "conjunctions": "und oder von mit",
        "negations": "nicht kein keine keinen keiner nie niemals weder",
        "synonyms": """
            datei, file
            rechner, pc, computer
            duplikate, dubletten
            befehl, kommando, statement
            ursache, grund
            auto, pkw, wagen
            handy, smartphone, mobiltelefon
            foto, bild
            chef, vorgesetzter, boss
            chef, vorgesetzten
            email, mail, e-mail
            löschen, entfernen
            lösche, entferne
            einschalten, aktivieren, anschalten
            ausschalten, deaktivieren, abschalten
            beginnen, anfangen
            erhalten, bekommen
            benutzen, verwenden, nutzen
            benutze, verwende, nutze
            ändern, verändern
            reparieren, beheben
            firma, unternehmen
            arzt, doktor
            krankenkasse, krankenversicherung
            telefonnummer, rufnummer
            fahrrad, rad
            ordner, verzeichnis
            asynchrone, async
            kaufen, erwerben
            installieren, einrichten
            mitteilen, sagen
            gehalt, lohn
        """,
    },
    "fr": {
        "marks": "le les des de du est une pas comment je nous avec pour dans sur qui que quelle quel quels quelles sont peut pourquoi où quand du au aux mon ma mes entre sans et un la l' d' qu' c' combien on écris écrivez traduis traduisez explique expliquez faire fait puis-je puis peux me moi en ce cette",
        "polite": r"""
            ^(?:bonjour|salut|coucou|hello|bonsoir|rebonjour|allo|cher|chère équipe|madame|monsieur)(?: à tous| tout le monde| à toutes et à tous| l'équipe| à toutes)?(?: ?[,.](?: |$)| (?=(?:comment|pourquoi|où|quand|qui|quelle?s?|combien|peux|pouvez|pourriez|pourrais|est|je|on|peut|puis|qu'est|c'est|explique\S*)\b))
            ^(?:alors|dites|dis|dis moi|dites moi|une question|petite question|question rapide|question|j'ai une question|j'aurais une question|excusez moi|pardon|désolé|euh|bon|eh bien|donc|svp|stp|s'il vous plaît|s'il te plaît|au fait|et|mais) ?[,.:]? (?=\S)
            ^(?:pourriez|pouvez|pourrais|peux)(?:[ -](?:vous|tu))? (?:svp |s'il vous plaît |s'il te plaît )?(?:me |nous |m'|m' )?(?:dire|expliquer|indiquer|montrer|aider à savoir) ?,? (?=(?:comment|ce que|pourquoi|où|quand|qui|quelle?s?|si|combien|à quoi|quoi)\b)
            ^(?:je voudrais savoir|j'aimerais savoir|je veux savoir|je me demande|je me demandais|savez vous|sais tu|est ce que vous savez|est ce que tu sais|est ce que quelqu'un sait|quelqu'un sait|expliquez moi|explique moi|montrez moi|montre moi|dites moi|dis moi|auriez vous une idée de|peut on me dire) ?,? (?=(?:comment|ce que|pourquoi|où|quand|qui|quelle?s?|si|combien|à quoi|quoi)\b)
            [ ,.]+(?:svp|stp|s'il vous plaît|s'il te plaît|merci|merci beaucoup|merci d' avance|merci bien|merci à tous|je vous remercie|d' avance merci|par avance merci|cordialement|bonne journée|si possible)$
            (?<=\S) (?:donc|svp|stp|au juste|exactement|s'il vous plaît|s'il te plaît)(?=\s|$)
        """,
        "frames": r"""
            compare = (?:quelle est|quelles sont|quelle|c'est quoi|explique|expliquez|explique moi|expliquez moi|il y a quoi comme|donne moi|donnez moi|décris|décrivez) ?(?:la|les)? ?(?:différences?)(?: y a t il| il y a| existe t il)? entre (.*)
            compare = (?:la |les )?différences? entre (.*)
            compare-from = (?:en quoi|comment) (.*?) (?:diffère|se distingue|se différencie)(?: t il| t elle)? (?:de |du |d')(.*)
            compare = (?:en quoi|comment) (?:diffèrent|se distinguent|se différencient) (.*)
            compare = compare[rz]? (.*)
            compare = (.*?),? (?:quelle est la différence|quelle différence|quelles différences|quelles sont les différences)
            why = (?:pourquoi est ce que|pourquoi|pour quelle raison|pour quelles raisons|qu'est ce qui fait que|qu'est ce qui fait qu'|comment se fait il que|quelle est la raison pour laquelle|à cause de quoi|d'où vient que|comment ça se fait que) (.*)
            what = (?:c'est quoi|qu'est ce que c'est|explique ce qu'est|expliquez ce qu'est|ce qu'est) (.*)
            what = (?:explique |expliquez )?(?:ce )?qu'est ce qu'(.*)
            purpose = (?:à quoi sert|à quoi servent|quel est le but de|quelle est l'utilité de|à quoi ça sert|que fait|que font|quel est le rôle de|quel est l'effet de) (.*)
            what = (?:qu'est ce que c'est que|qu'est ce que|qu'est ce qu'|c'est quoi|que signifie|que veut dire|ça veut dire quoi|définition de|définis|définissez|explique|expliquez|explique moi|expliquez moi|décris|décrivez|qu'entend on par|que veut dire le terme|que désigne|signification de) (.*)
            can = (?:est ce que je peux|est ce qu'on peut|peut on|puis je|je peux|on peut|est il possible de|est il possible d'|est ce possible de|c'est possible de|ai je la possibilité de|y a t il moyen de|a t on le droit de|ai je le droit de|est il permis de|est ce que l'on peut|est ce qu'il est possible de|il est possible de) (.*)
            howto-infinitive = (?:comment|de quelle façon|de quelle manière) (?:puis je|peut on|je peux|on peut|faire pour|fait on pour|est ce que je peux|est ce qu'on peut|dois je|dois je faire pour|puis je faire pour|je fais pour|je dois faire pour|s'y prendre pour|pourrait on|pourrais je|doit on|je pourrais|faut il faire pour|procéder pour)? ?(?=\S+(?:er|ir|re)\b|mettre)(.*)
            howto-infinitive = (?:quelle est la (?:meilleure )?(?:façon|manière|procédure|méthode|marche à suivre|commande)|quelle commande|quel est le (?:meilleur )?moyen|quelles sont les étapes|y a t il une façon|y a t il un moyen|que faire|que dois je faire|que faut il faire|je voudrais|je veux|j'aimerais|je cherche à|j'essaie de|aide moi à|aidez moi à) ?(?:de |pour |permet de |d')?(?=\S+(?:er|ir|re)\b)(.*?)(?:,? comment (?:faire|je fais|dois je faire|m'y prendre|puis je faire))?
            make = (?:pourriez vous (?:m')?écrire|écris|écrivez|rédige|rédigez|crée|créez|génère|générez|fais|faites|prépare|préparez|compose|donne|donnez|il me faut|j'ai besoin d'|j'ai besoin de|je voudrais|pourriez vous écrire|peux tu écrire|pouvez vous écrire|pourrais tu écrire|pourriez vous rédiger|peux tu rédiger|pourriez vous écrire|pouvez vous préparer|pourriez vous préparer|pourriez vous créer|peux tu créer|pouvez vous rédiger)(?: moi| nous)? (.*)
            translate = (?:traduis|traduisez|traduire|peux tu traduire|pouvez vous traduire|pourriez vous traduire|pourrais tu traduire)(?: moi)? (.*)
        """,
        "prepositions": "en dans sur avec pour par sans vers chez depuis avant après pendant sous contre",
        "determiners": "le la les l' un une des mon ma mes ton ta tes votre vos notre nos ce cette ces",
        "closed": "quoi comment que qui pourquoi où quand quel quelle quels quelles je on nous vous tu il elle ne est sont peut peux puis dois et ou si le la les un une au aux à",
        "conjunctions": "et ou",
        "negations": "ne n' pas jamais aucun aucune ni",
        "synonyms": """
            employé, salarié
            préparer, faire
            avantages, bénéfices
            activer, allumer
            supprimer, effacer
            supprimer, enlever
            fichier, document
            ordinateur, pc
            option, drapeau
            voiture, auto
            utiliser, employer
            commencer, débuter
            modifier, changer
            dossier, répertoire
            médecin, docteur
            mail, email, courriel, e-mail
            entreprise, société
            obtenir, recevoir
            téléphone, portable
            acheter, acquérir
            vélo, bicyclette
        """,
    },
    "es": {
        "marks": "el los las es una cómo como qué que por para con del puedo cuál cuáles dónde cuándo mi en un la y se de al hay son quién cuánto cuántos escribe explica traduce hace entre sin mis ¿ quiero sirve significa",
        "polite": r"""
            ^(?:hola|buenas|buenos días|buenas tardes|buenas noches|saludos)(?: a todos| equipo| a todas)?(?: ?[,.](?: |$)| (?=(?:cómo|qué|por qué|dónde|cuándo|quién|cuál|cuáles|cuánto|puedes|podrías|puedo|me|necesito|quiero|explica\S*)\b))
            ^(?:oye|oiga|mira|a ver|una pregunta|pregunta rápida|una duda|tengo una duda|tengo una pregunta|pregunta|perdón|perdona|disculpa|disculpe|por favor|porfa|bueno|pues|entonces|eh|y|pero) ?[,.:]? (?=\S)
            ^(?:puedes|puede|podrías|podría|podéis|pueden|me puedes|me puede|me podrías|me podría|alguien puede|alguien me puede|alguien podría) ?(?:por favor )?(?:decirme|explicarme|indicarme|decir|explicar|enseñarme|ayudarme a saber) ?,? (?=(?:cómo|qué|por qué|dónde|cuándo|quién|cuál|cuáles|cuánto|cuántos|para qué|si)\b)
            ^(?:sabes|sabe|sabéis|alguien sabe|quisiera saber|me gustaría saber|quiero saber|querría saber|me pregunto|necesito saber|dime|dígame|explícame|explíqueme|tienes idea de|no sé) ?,? (?=(?:cómo|qué|por qué|dónde|cuándo|quién|cuál|cuáles|cuánto|cuántos|para qué|si)\b)
            [ ,.]+(?:por favor|porfa|porfavor|gracias|muchas gracias|mil gracias|gracias de antemano|muchísimas gracias|de antemano gracias|un saludo|saludos|si es posible)$
            (?<=\S) (?:por favor|exactamente|entonces)(?=\s|$)
        """,
        "frames": r"""
            compare = (?:cuál es|cuáles son|qué|explica|explícame|explique|dime|hay|qué es|indica|describe) ?(?:la|las)? ?diferencias?(?: hay| existen?)? entre (.*)
            compare = (?:la |las )?diferencias? entre (.*)
            compare-from = (?:en qué|cómo) se (?:diferencia|distingue) (.*?) (?:de|del) (.*)
            compare = (?:en qué|cómo) se (?:diferencian|distinguen) (.*)
            compare = compara(?:r)? (.*)
            compare = (.*?),? (?:cuál es la diferencia|qué diferencia hay|qué diferencias hay|cuáles son las diferencias)
            why = (?:por qué|por qué razón|por qué motivo|a qué se debe que|cuál es la razón por la que|cuál es el motivo por el que|cómo es que) (.*)
            purpose = (?:para qué sirven?|cuál es el propósito de|qué función tiene|qué hacen?|para qué se usan?|para qué se utilizan?|cuál es la función de|qué efecto tiene) (.*)
            what = (?:qué es|qué son|qué significa|qué quiere decir|explica|explícame|explique|define|definición de|significado de|qué se entiende por|describe|descríbeme|cuál es el significado de|cuál es la definición de|háblame de) (?:lo que es |qué es |el término )?(.*)
            can = (?:puedo|se puede|es posible|podría|podemos|puede uno|hay forma de|hay manera de) (.*)
            howto-infinitive = (?:cómo|de qué manera|de qué forma) (?:puedo|se puede|podría|hago para|debo|tengo que|hay que|podemos|hacer para|debería|puede uno)? ?(?=\S+(?:ar|er|ir)\b)(.*)
            howto-infinitive = (?:cuál es la (?:mejor )?(?:forma|manera|orden)|cuál es el (?:mejor )?(?:modo|comando|procedimiento|método)|cuáles son los pasos|qué (?:comando|orden)(?: sirve)?|qué tengo que hacer|qué debo hacer|qué hay que hacer|hay alguna forma|hay alguna manera|quiero|quisiera|necesito|me gustaría|ayúdame a|ayúdeme a|pasos|instrucciones) ?(?:de |para )?(?=\S+(?:ar|er|ir)\b)(.*?)(?:,? cómo (?:lo hago|puedo hacerlo|se hace|hago))?
            howto-first = (?:cómo|de qué manera|de qué forma) (?:se )?(\S+(?:o|a|e)) (.*)
            make = (?:escribe|escriba|escríbeme|escríbame|redacta|redáctame|redacte|crea|cree|genera|genere|haz|hazme|haga|hágame|prepara|dame|deme|necesito|quiero|quisiera|puedes escribir|podrías escribir|puede escribir|podría escribir|puedes redactar|podrías redactar|podría redactar|puede redactar|me puedes escribir)(?:me)? (.*)
            translate = (?:podrías traducir|traduce|traduzca|tradúceme|tradúzcame|traducir|puedes traducir|podrías traducir|puede traducir|podría traducir|me puedes traducir) (.*)
        """,
        "prepositions": "en con para por sin desde hasta sobre hacia antes después durante según contra a al",
        "determiners": "el la los las un una unos unas mi mis tu tus su sus este esta estos estas ese esa nuestro nuestra",
        "closed": "cómo qué que quién dónde cuándo cuál cuáles cuánto cuántos se no es son hay puedo puede y o si el la los las un una escribe explica traduce crea",
        "conjunctions": "y e o",
        "negations": "no nunca jamás ni ningún ninguna tampoco nadie nada",
        "synonyms": """
            activar, habilitar
            activo, habilito
            activar, encender
            desactivar, deshabilitar
            desactivar, apagar
            eliminar, borrar
            elimino, borro
            archivo, fichero
            ordenador, computadora, pc, computador
            coche, carro, auto
            carpeta, directorio
            usar, utilizar
            uso, utilizo
            empezar, comenzar
            cambiar, modificar
            contraseña, clave
            correo, email, mail, e-mail
            móvil, celular
            médico, doctor
            empresa, compañía
            piso, apartamento, departamento
            alquiler, renta
            iva, impuesto_sobre_el_valor_añadido
            instalar, configurar
        """,
    },
}
RULES |= MORE
# Words of several parts, put for one; of each language, in their order.
PHRASES: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (("kannst du mir eine anleitung geben wie man", "wie kann man"),),
    "fr": (
        ("base de données", "base"),
        (
            r"((?:pourquoi|comment|quand|où|combien) (?:mon|ma|mes|le|la|les|l'|un|une|ce|cette|ton|ta|votre|notre|leur|des|son|sa) .*?\S+) (?:t )?(?:il|elle|ils|elles)",
            r"\1",
        ),
    ),
    "it": (("posta elettronica", "email"),),
    "es": (("impuesto sobre el valor añadido", "iva"), ("cadena de texto", "cadena"), ("base de datos", "base")),
}
# A word of politeness may be what such an ask is about: "wie sagt man bitte?".
MENTIONS = re.compile(
    r"\b(?:sagt man|sagt ihr|heißt|bedeutet|bedeuten|buchstabiert|schreibt man|übersetz\w*|dit on|on dit|dire en|signifie|veut dire|tradui\w*|écrit on|se dice|decir|significa|traduc\w*|quiere decir|si dice|vuol dire|se diz|quer dizer|tradu\w*|zegt|betekent|vertaal|mówi|znaczy|oznacza)\b"
)
