"""Asks in other languages: the same in other words is served, one small change is not (SEM-2, SEM-3, SEM-11)."""

from __future__ import annotations

import pytest

from caching.gate import BALANCED, asked, judge


def outcome(a: str, b: str) -> str:
    return judge(asked(a), asked(b), 0.97, BALANCED).outcome


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Wie installiere ich Node auf Ubuntu?", "Wie kann man Node auf Ubuntu installieren?"),
        ("Könnten Sie mir bitte sagen, wie ich meinen Router neu starte?", "Wie starte ich meinen Router neu?"),
        ("Was ist ein Zertifikat?", "Erkläre mir bitte, was ein Zertifikat ist"),
        ("Was bedeutet KI?", "Was ist KI?"),
        ("Warum ist der Himmel blau?", "Wieso ist der Himmel blau, weiß das jemand?"),
        ("Unterschied zwischen Miete und Pacht?", "Was ist der Unterschied zwischen Pacht und Miete?"),
        ("Wie exportiere ich eine Tabelle in Excel?", "In Excel, wie kann ich eine Tabelle exportieren?"),
        ("Schreib mir eine E-Mail an den Vermieter", "Könnten Sie mir bitte eine E-Mail an den Vermieter schreiben?"),
        ("Kann man Reis einfrieren?", "Ist es möglich, Reis einzufrieren?"),
        ("Hallo zusammen, wann beginnt die Sommerzeit? Danke!", "Wann beginnt die Sommerzeit?"),
        ("Comment puis-je installer Docker sur Debian ?", "Comment installer Docker sur Debian ?"),
        ("Quelle est la différence entre TCP et UDP ?", "Bonjour, c'est quoi la différence entre UDP et TCP ? Merci"),
        ("Qu'est-ce qu'une clé étrangère ?", "C'est quoi une clé étrangère ?"),
        ("Peux-tu m'expliquer comment supprimer un fichier sous Linux ?", "Comment effacer un fichier sous Linux ?"),
        ("Peut-on voyager en Suisse sans passeport ?", "Est-il possible de voyager en Suisse sans passeport ?"),
        (
            "Écris une lettre de motivation pour un poste de comptable",
            "Pourriez-vous écrire une lettre de motivation pour un poste de comptable, s'il vous plaît ?",
        ),
        ("¿Cómo puedo borrar una rama en git?", "¿Cómo eliminar una rama en git?"),
        ("¿Cómo instalo Python en Windows?", "¿Cómo se instala Python en Windows?"),
        ("¿Qué es un préstamo hipotecario?", "Explícame qué es un préstamo hipotecario"),
        ("Hola, ¿podrías decirme cuándo empieza la primavera? Gracias", "¿Cuándo empieza la primavera?"),
        ("¿Cuál es la diferencia entre el IVA y el IRPF?", "¿Qué diferencia hay entre el IRPF y el IVA?"),
        ("¿Se puede congelar el arroz?", "¿Es posible congelar el arroz?"),
        ("Come posso disattivare le notifiche su iPhone?", "Come disattivare le notifiche su iPhone?"),
        ("Che cos'è un mutuo?", "Cosa significa un mutuo?"),
        ("Qual è la differenza tra HTTP e HTTPS?", "Che differenza c'è tra HTTPS e HTTP?"),
        ("Perché il mare è salato?", "Come mai il mare è salato?"),
        ("Como faço para instalar o Docker no Ubuntu?", "Como instalar o Docker no Ubuntu?"),
        ("O que é inflação?", "O que significa inflação?"),
        ("Qual é a diferença entre crédito e débito?", "Diferença entre débito e crédito"),
        ("Por que o céu é azul?", "Olá, por que o céu é azul? Obrigado"),
        ("Hoe installeer ik Docker op Ubuntu?", "Hoe kan ik Docker op Ubuntu installeren?"),
        ("Wat is het verschil tussen bruto en netto?", "Verschil tussen netto en bruto?"),
        ("Kunt u mij vertellen hoe laat de winkel sluit?", "Hoe laat de winkel sluit?"),
        ("Wat is inflatie?", "Leg uit wat inflatie is"),
        ("Jak mogę zainstalować Docker na Ubuntu?", "Jak zainstalować Docker na Ubuntu?"),
        ("什么是区块链？", "请问区块链是什么？"),
        ("如何在Python中读取文件？", "怎样在Python中读取文件？"),
        ("ブロックチェーンとは何ですか？", "ブロックチェーンとは？"),
        ("Am Sonntag, wann öffnet der Zoo?", "Wann öffnet der Zoo am Sonntag?"),
        ("Mit welchem Befehl lösche ich einen Branch?", "Mit welchem Befehl lösche ich einen Branch, bitte?"),
        ("Wie kann ich mit Python eine CSV-Datei lesen?", "Wie lese ich eine CSV-Datei mit Python?"),
        ("Pourquoi mon chat dort-il autant ?", "Pourquoi mon chat dort autant ?"),
        ("En JavaScript, comment trier un tableau ?", "Comment trier un tableau en JavaScript ?"),
        ("Que fait la commande chmod 755 ?", "Explique la commande chmod 755"),
        ("¿En qué se diferencia un préstamo de un crédito?", "¿Cuál es la diferencia entre un préstamo y un crédito?"),
        ("En Python, ¿cómo leo un archivo?", "¿Cómo puedo leer un fichero en Python?"),
        ("In cosa differisce TCP da UDP?", "Qual è la differenza tra TCP e UDP?"),
        ("In Italia come si calcola il TFR?", "Come si calcola il TFR in Italia?"),
        ("Em que difere o TCP do UDP?", "Qual é a diferença entre o TCP e o UDP?"),
        ("No Brasil, qual é a idade mínima para dirigir?", "Qual é a idade mínima para dirigir no Brasil?"),
        ("Waarin verschilt TCP van UDP?", "Wat is het verschil tussen TCP en UDP?"),
        ("Guten Tag, wie sagt man Hund auf Englisch?", "Wie sagt man Hund auf Englisch?"),
    ],
)
def test_the_same_asked_in_other_words_of_the_language_is_served(a: str, b: str) -> None:
    assert outcome(a, b) == outcome(b, a) == "serve"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Wie installiere ich Node auf Ubuntu?", "Wie deinstalliere ich Node auf Ubuntu?"),
        ("Wie schalte ich WLAN ein?", "Wie schalte ich WLAN aus?"),
        ("Wie kopiere ich Dateien von A nach B?", "Wie kopiere ich Dateien von B nach A?"),
        ("Was ist ein Zertifikat?", "Wozu dient ein Zertifikat?"),
        ("Darf mein Hund in die Bahn?", "Darf dein Hund in die Bahn?"),
        ("Kann ich Reis einfrieren?", "Darf ich Reis einfrieren?"),
        ("Jagt die Katze die Maus?", "Jagt die Maus die Katze?"),
        ("Ist ein Hund schneller als eine Katze?", "Ist eine Katze schneller als ein Hund?"),
        ("Rezept mit Milch und ohne Eier", "Rezept mit Eiern und ohne Milch"),
        ("Rezept mit Milch ohne Ei", "Rezept mit Ei ohne Milch"),
        ("Wie kann ich ein Buch verkaufen?", "Wie kann ich ein Buch kaufen?"),
        ("Warum ist der Himmel blau?", "Wann ist der Himmel blau?"),
        ("Schreibe einen Brief an meinen Chef", "Schreibe einen Brief an deinen Chef"),
        ("Blaue Jacke für Kinder und rote für Männer", "Rote Jacke für Kinder und blaue für Männer"),
        ("Brief von Anna an Peter schreiben", "Brief von Peter an Anna schreiben"),
        ("Wie melde ich mich an?", "Wie melde ich mich ab?"),
        ("Comment installer Docker sur Debian ?", "Comment désinstaller Docker sur Debian ?"),
        ("Comment aller de Paris à Lyon ?", "Comment aller de Lyon à Paris ?"),
        ("Peut-on voyager avec un chat ?", "Peut-on voyager sans un chat ?"),
        ("Le chat chasse-t-il la souris ?", "La souris chasse-t-elle le chat ?"),
        ("Qu'est-ce qu'une clé primaire ?", "Qu'est-ce qu'une clé étrangère ?"),
        ("Comment activer le Wi-Fi ?", "Comment désactiver le Wi-Fi ?"),
        (
            "Quelle est la différence entre TCP et UDP en France ?",
            "Quelle est la différence entre TCP et UDP en Suisse ?",
        ),
        ("¿Cómo enciendo el ordenador?", "¿Cómo apago el ordenador?"),
        ("¿Puedo viajar con mi perro?", "¿Debo viajar con mi perro?"),
        ("¿Cómo instalo Python en Windows?", "¿Por qué instalo Python en Windows?"),
        ("Traduce esta frase del inglés al español", "Traduce esta frase del español al inglés"),
        ("¿Es Ana más alta que Luis?", "¿Es Luis más alto que Ana?"),
        ("Qué hace la opción -v", "Qué hace la opción -V"),
        ("¿Qué es mejor, A en B o B en A?", "¿Qué es mejor, B en B o A en A?"),
        ("Come aprire un conto in banca?", "Come chiudere un conto in banca?"),
        ("Come si va da Roma a Milano?", "Come si va da Milano a Roma?"),
        ("Posso partire dopo le nove?", "Posso partire prima delle nove?"),
        ("Como ligar o telemóvel?", "Como desligar o telemóvel?"),
        ("Como ir do Porto para Lisboa?", "Como ir de Lisboa para o Porto?"),
        ("Hoe zet ik de wifi aan?", "Hoe zet ik de wifi uit?"),
        ("Mag ik alcohol drinken na een operatie?", "Mag ik alcohol drinken voor een operatie?"),
        ("如何从北京到上海？", "如何从上海到北京？"),
        ("怎么打开蓝牙？", "怎么关闭蓝牙？"),
        ('Übersetze "Guten Morgen" ins Englische', 'Übersetze "Guten Abend" ins Englische'),
        ("Mit Python ohne pandas: wie lese ich CSV?", "Mit pandas ohne Python: wie lese ich CSV?"),
        ("In Wien, wie komme ich nach Graz?", "In Graz, wie komme ich nach Wien?"),
        ("Am Montag, darf ich am Dienstag tauschen?", "Am Dienstag, darf ich am Montag tauschen?"),
        ("Pourquoi mon chat dort ?", "Pourquoi ma chatte ne dort pas ?"),
        ("Pourquoi a-t-il quitté la France ?", "Pourquoi a-t-elle quitté la France ?"),
        ("Est-il médecin ?", "Est-elle médecin ?"),
        ("Que fait la commande chmod 755 ?", "Que fait la commande chmod 644 ?"),
        ("¿En qué se diferencia A de B?", "¿En qué se parece A a B?"),
        ("En Perú, ¿cómo llego de Lima a Cusco?", "En Perú, ¿cómo llego de Cusco a Lima?"),
        ("Con Ana voy a casa de Luis", "Con Luis voy a casa de Ana"),
        ("In Italia come si arriva in Francia?", "In Francia come si arriva in Italia?"),
        ("Bij mij in huis zonder kat", "Zonder kat bij mij in tuin"),
        (
            "Kann ich in Deutschland mit österreichischem Führerschein fahren?",
            "Kann ich in Österreich mit deutschem Führerschein fahren?",
        ),
        ("Darf ich vor der Prüfung essen?", "Darf ich nach der Prüfung essen?"),
        ("写一封英文邮件", "写一封中文邮件"),
        ("Wie sagt man bitte auf Englisch?", "Wie sagt man danke auf Englisch?"),
        ("Hallo auf Spanisch?", "Guten Tag auf Spanisch?"),
        ("Comment dit-on merci ?", "Comment dit-on bonjour ?"),
        ("¿Cómo se dice gracias?", "¿Cómo se dice por favor?"),
        ("Che cosa significa grazie?", "Che cosa significa per favore?"),
        ("Wat betekent alsjeblieft?", "Wat betekent bedankt?"),
        ("谢谢用英语怎么说？", "你好用英语怎么说？"),
        ("ありがとうとは何ですか", "お願いしますとは何ですか"),
        ("英語でありがとう", "英語でお願いします"),
        ("Como se diz obrigado?", "Como se diz por favor?"),
    ],
)
def test_one_small_change_in_another_language_is_not_served(a: str, b: str) -> None:
    assert outcome(a, b) == outcome(b, a) != "serve"


def test_an_ask_in_english_is_not_met_by_the_same_ask_in_german() -> None:
    assert outcome("What is inflation?", "Was ist Inflation?") == "no"
