"""Which language asks: by its script, or by the small words that every sentence needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enforcer.lanes.lexicon import MAKING, NOUNS, TONE, VERBS

ENGLISH = "en"
UNSPACED = frozenset({"ja", "zh"})  # languages that put no space between words
TELLING = frozenset(
    {"what", "why", "how", "who", "when", "where", "which", "give", "write", "add"}
)  # small, but they ask
FEWEST_LETTERS = 2  # of another script, before it says anything

_SCRIPTS = (
    ("\u3040", "\u30ff", "ja"),
    ("\uac00", "\ud7af", "ko"),
    ("\u0900", "\u097f", "hi"),
    ("\u0400", "\u04ff", "ru"),
    ("\u0600", "\u06ff", "ar"),
    ("\u3400", "\u9fff", "zh"),  # behind Japanese, which has these signs, too
)
_SMALL = {
    "en": """the a an of to is are was be been it its this that these those i me my you your he she they we us
        our and or but not no do does did can could should would will have has had what why how who when
        where which with for from in on at by as if so please just some any all more than then there here
        about into out up let make give write add""",
    "de": """der die das den dem des ein eine einen einem einer und oder aber nicht kein keine ich mir mich du
        dir dich er sie wir uns ihr mein meine meinen meinem meiner dein deine unser unsere ist sind war
        wird werden hat haben hab kann kannst konnte soll muss will mit fur von vom zu zum zur im ins auf
        aus bei nach uber unter wie warum wieso wer wo wann welche welcher bitte mal noch auch nur schon
        dass wenn weil es sich mach schreib gib so als man""",
    "fr": """le la les un une des du de et ou mais pas ne ni je me moi tu te toi il elle on nous vous ils mon ma
        mes ton ta tes son sa ses notre nos votre vos est sont etait sera a ai as avons avez ont au aux avec
        pour par sur sous dans en chez entre que qu qui quoi quel quelle quels quelles comment pourquoi
        quand combien ce cet cette ces ca plait peux peut fais fait sans plus moins tres tout tous""",
    "es": """el la los las un una unos unas de del al pero no ni yo me mi mis tu te tus se su sus nos nuestro
        nuestra lo le les es son era sera esta estan hay ha he tengo tiene con por para sin sobre en entre
        desde hasta que quien cual cuales como cuando donde cuanto cuantos cuantas porque este esto ese esa
        eso muy mas menos ya si hazme dame haz puedes puede quiero necesito todo todos""",
    "pt": """o a os as um uma uns umas de do da dos das no na nos nas ao aos ou mas nao nem eu me mim meu minha
        meus minhas tu te voce voces seu sua seus suas nosso nossa ele ela lhe sao era ser esta estao foi
        tem tenho ha com por pelo pela para pra sem sobre em entre desde ate que quem qual quais como quando
        onde quanto quantos porque este isso isto esse essa muito mais menos ja faz faca pode quero preciso
        todo todos""",
    "it": """il lo la i gli le un uno una di del dello della dei degli delle da dal dalla ed o ma non ne io mi me
        tu ti si ci vi mio mia miei mie tuo tua suo sua nostro nostra loro sono era sara ha ho hai hanno con
        per su sul sulla senza tra fra in nel nella nei al alla ai alle che chi cosa cos quale quali come
        quando dove quanto quanti perche questo questa questi quello quella molto piu meno gia fammi fai
        dammi puoi vorrei tutto tutti""",
    "nl": """de het een van en of maar niet geen ik me mij mijn je jij jouw jou u uw hij zij ze we wij ons onze
        hun is zijn was wordt worden heeft hebben heb kan kun kunt moet wil zou met voor naar op in uit bij
        aan om over onder door als dan dat die deze dit wat waarom wie waar wanneer hoe welke er nog ook al
        te zo even graag alsjeblieft maak schrijf geef doe""",
    "pl": """z ze na do od po za dla nie to ten ta te tego tej tym tych jest sa byl byla bylo bedzie ma mam maja
        mi mnie moj moja moje mojego mojej sie ja ty on ona my wy nas nam nasz nasza jak co kto gdzie kiedy
        dlaczego czemu ktory ktora ktore ile czy ale oraz lub albo przez przy pod nad bez tylko juz jeszcze
        moze mozesz prosze zeby aby napisz zrob daj""",
    "hi": """kya hai hain ka ki ke ko mein me mai main mujhe mera meri mere hum hamara hamari aap aapka tum
        tumhara ye yeh wo woh ek aur ya nahi nahin mat kar karo karna kare karke do dena de batao bata likho
        likh likhna kaise kyu kyun kyon kab kahan kaun kitna kitne kitni chahiye raha rahi rahe tha thi se
        par pe liye bhi toh hi wala wali sab""",
    "sv": """och att det som en ett den av for med pa till fran inte jag mig min mitt mina du dig din ar var har
        kan ska skriv gor hur vad varfor vilka vilken om men eller sig vi oss""",
    "tr": """bir ve bu su ne icin ile da mi mu nasil neden hangi kac benim bana bizim sen var yok yaz yap ver
        gibi daha cok ama veya lutfen olan olarak""",
}
_SMALL_WORDS: Mapping[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _SMALL.items()}


def languages_of(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """The likely ones, never none, English first; `words` are in lower case and without accents."""
    script = _script(text)
    if script:
        return (script,)
    said = set(words)
    found = {language: len(said & small) for language, small in _SMALL_WORDS.items()}
    fewest = max(1, max(found.values()) - 1) if any(found.values()) else 0
    return tuple(language for language, count in found.items() if count >= fewest)


def is_filler(word: str, language: str) -> bool:
    """Whether it is a small word that tells nothing of what is asked; `word` is in lower case."""
    return word in _SMALL_WORDS.get(language, ()) and word not in TELLING


def english_hits(words: Sequence[str]) -> int:
    """How many are known to be English."""
    return sum(word in _SMALL_WORDS[ENGLISH] or _is_english(word) for word in words)


def _script(text: str) -> str:
    """The first of these scripts with enough letters; "" for the Latin one and the rest."""
    letters = [char for char in text if char > "\u02ff"]
    return next(
        (
            language
            for low, high, language in _SCRIPTS
            if sum(low <= char <= high for char in letters) >= FEWEST_LETTERS
        ),
        "",
    )


def _is_english(word: str) -> bool:
    return word in VERBS or word in NOUNS or word in TONE or word in MAKING
