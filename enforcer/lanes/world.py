"""A small lexicon for languages other than English: beginnings of words for what is to be made or done.

German, French, Spanish, Italian, Portuguese, Dutch and Polish by the beginning of a word; Japanese, Chinese and
Korean, which have no spaces, by what a text contains. Weights as in `lexicon.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from enforcer.core.lanes import Task
from enforcer.lanes.lexicon import Cue, Entry, Table

_STEMS: Table = (
    (
        2.5,
        Task.WRITE,
        """gedicht geschichte märchen roman kurzgeschichte erzähl rede hochzeitsrede abschied abschieds trauerrede
        einladung slogan werbetext ankündigung pressemitteilung liedtext songtext strophe reim witz grußkarte
        glückwunsch einleitung klappentext drehbuch dialog anschreiben entschuldigung werbespruch hörspiel
        lustig
        poème poésie haïku conte nouvelle récit histoire discours toast faire-part slogan accroche annonce
        communiqué
        chanson couplet refrain rime blague scénario chapô légende épitaphe éloge voeux vœux affiche drôle
        poema poesía cuento relato novela discurso brindis invitación eslogan lema anuncio comunicado canción
        estrofa
        estribillo rima chiste guion diálogo dedicatoria felicit despedida disculpa copla monólogo villano
        gracia
        poesia racconto fiaba romanzo discorso brindisi invito slogan annuncio comunicato canzone strofa
        ritornello
        battuta barzelletta sceneggiatura dialogo dedica auguri monologo filastrocca lettera didascalia
        poesia conto crônica romance discurso convite lema anúncio comunicado canção samba cordel estrofe refrão
        piada
        roteiro diálogo dedicatória legenda cartinha narrador engraçad
        gedichtje verhaal verhaaltje sprookje roman toespraak toespraakje uitnodiging slogan aankondiging
        persbericht
        liedje couplet refrein rijm grap flaptekst sinterklaasgedicht rouwkaart bedankbrief afscheid openingszin
        wiersz wierszyk opowiadani baśń bajk powieść przemówieni mow zaproszeni hasło ogłoszeni piosenk zwrotk
        refren
        rym limeryk żart scenariusz dialog życzeni pożegna list wstęp toast""",
    ),
    (
        1.6,
        Task.WRITE,
        """brief text absatz überschrift klingt tonfall stil figur szene kapitel werbe newsletter
        lettre texte paragraphe ton style personnage scène titre
        carta texto párrafo tono estilo personaje escena título suena
        testo paragrafo tono stile personaggio scena titolo suona
        texto parágrafo tom estilo personagem cena título
        tekst alinea toon stijl personage titel klinkt
        tekst akapit ton styl postać scen tytuł brzmi""",
    ),
    (
        2.5,
        Task.EDIT,
        """umschreib umformulier formulier überarbeit auflocker lockerer freundlich wärmer poetisch
        réécri reformul adouci allég chaleureu poétique
        reescrib reformul suaviz cálid poétic
        riscriv riformul addolci ammorbid caloros poetic
        reescrev reformul suaviz carinhos acolhedor
        herschrijf herschrijv herformuleer vriendelijker warmer minder
        przeredag przeformułuj złagodź ożyw cieplej""",
    ),
    (
        2.5,
        Task.BRAINSTORM,
        """namen ideen titel wortspiel erfinde idée idées noms inventer nombres ideas inventa nomi idee inventa
        chiameresti
        nomes ideias inventa ideeën namen bedenk werktitel pomysł nazw wymyśl""",
    ),
    (
        2.2,
        Task.TRANSLATE,
        "übersetz traduis traduire traduz traduce traducir tradurre traduci vertaal vertalen przetłumacz przełóż",
    ),
    (0.7, Task.WRITE, "schreib verfass écris rédige rédiger escrib redact scriv escrev redig schrijf napisz napisać"),
    (
        -2.5,
        Task.DEBUG,
        """fehler absturz abstürz bricht kaputt behebe repariere warum erreur plante corrige pourquoi panne
        falla arregla porqué errore correggi perché crasha erro quebra conserta fout waarom kapot faalt repareer
        błąd
        błęd napraw dlaczego czemu""",
    ),
    (
        -2.5,
        Task.DATA,
        """berechn zähl durchschnitt wahrscheinlich tabelle umsatz aggregier auswert wie-viele summe
        calcul combien moyenne tableau probabilité tableur somme extrai
        calcula cuánto cuánta promedio tabla probabilidad suma extrae
        calcol quanti quante quanto media tabella probabilità estrai
        quantos quantas média tabela planilha probabilidade soma extrai
        bereken hoeveel gemiddeld tabel kans optellen
        oblicz policz ile średni tabel prawdopodob wyciągnij""",
    ),
    (
        -2.5,
        Task.RESEARCH,
        """erklär vergleich unterschied recherchier quelle zusammenfass fasse liste welche wann woher
        explique compare différence recherche source résume résumé quelle quels quelles quand
        explica compara diferencia investiga fuente resume resumen cuál cuáles cuándo ventajas
        spiega confronta differenza ricerca fonti riassumi riassunto quale quali quando
        explica compara diferença pesquisa fontes resume resumo qual quais
        leg-uit vergelijk verschil onderzoek bron samenvat zoek welke wanneer uitzoeken
        wyjaśnij porównaj różnic zbadaj źródł streść podsumuj który kiedy""",
    ),
    (
        -2.5,
        Task.IMPLEMENT,
        """implementier programmier skript funktion klasse datenbank schnittstelle server refaktor testfälle
        konfigur
        implémente fonction classe base-de-données serveur script tests
        implementa función clase servidor base-de-datos prueba pruebas configur
        funzione classe database banca-dati script configura
        implementa função classe servidor banco-de-dados testes configura
        implementeer functie klasse databank server testen
        zaimplementuj funkcj klas serwer testy skrypt konfigur""",
    ),
    (
        -2.0,
        Task.REVIEW,
        """prüf überprüf kontrollier rechtschreib vérifi contrôle relis orthographe verifica comprueba revisa
        controlla
        verifica verifique revise controleer controleren nakijken sprawdź zweryfikuj przejrzyj""",
    ),
    (-2.0, Task.PLAN, "zeitplan ablaufplan fristen planifi délai plazo scadenz prazo draaiboek termin harmonogram"),
)

# Japanese, Chinese and Korean.
_CONTAINED: Table = (
    (
        2.5,
        Task.WRITE,
        """詩 短編 小説 物語 歌詞 俳句 挨拶 文面 告知文 キャッチコピー コピー 文言 台詞 セリフ 手紙 スピーチ 祝辞
        口調 キャプション 原稿 童話 世界観
        诗 小说 故事 歌词 文案 致辞 演讲 信 情书 朋友圈 小红书 口播 台词 语气 童话 日记 祝福 广告语 标语 主持稿
        散文 段子
        시를 소설 이야기 가사 문구 안내문 공지문 카피 편지 축사 대사 말투 동화 카톡 에세이 초대장 캡션 현수막
        부드럽""",
    ),
    (2.2, Task.BRAINSTORM, "名前 ネーミング アイデア タイトル 案を 名字 起名 点子 标题 创意 이름 아이디어 제목"),
    (2.2, Task.EDIT, "書き換え 書き直 やわらか 言い換え 改写 润色 改成 风格 다듬 고쳐 풀어"),
    (2.2, Task.TRANSLATE, "英訳 和訳 翻訳 英語に 翻译 翻成 译成 영어로 번역 옮겨"),
    (2.0, Task.DESIGN, "配色 余白 ロゴ 海报 配色 컨셉 색감"),
    (
        -2.5,
        Task.DEBUG,
        """エラー バグ 修正 落ちます 動か なぜ 原因 报错 错误 修复 为什么 原因 崩溃 오류 버그 에러 왜 원인 안 되""",
    ),
    (
        -2.5,
        Task.IMPLEMENT,
        """関数 スクリプト テスト 実装 コード サーバ データベース 追加 函数 脚本 代码 实现 接口 数据库 测试 部署
        함수 스크립트 테스트 구현
        코드 서버 추가""",
    ),
    (
        -2.5,
        Task.DATA,
        "計算 確率 平均 合計 集計 分類 何% 计算 概率 平均 统计 多少 表格 总和 계산 확률 평균 합계 표로 뽑아 몇",
    ),
    (
        -2.5,
        Task.RESEARCH,
        """調べ 比較 違い 説明 解説 要約 まとめ 出典 资料 查找 比较 对比 区别 解释 说明 总结 整理 哪 조사 비교 차이
        설명 요약 정리 근거 어디
        어떻게""",
    ),
    (-2.0, Task.REVIEW, "確認 誤字 チェック 检查 核对 确认 错别字 검토 확인 맞춤법 리뷰"),
)

_WORD = re.compile(r"[^\W\d_]{3,}")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FOREIGN = re.compile(
    r"[äöüßàâçéèêëîïôûùœñáíóúãõąćęłńśźż¿¡]|\b(?:der|die|das|und|ein|eine|mir|für|nicht|bitte|wie|ich|le|la|les|un|une|des"
    r"|du|pour|avec|el|los|una|para|con|por|mi|il|lo|gli|di|che|per|mio|um|uma|meu|minha|o|de|het|een|van|voor|mijn"
    r"|maak|niet|naar|do|na|w|z|się|dla|mnie|jest)\b"
)
LATER = 0.6  # a word behind the first that tells
SHORTEST_STEM, LONGEST_STEM = 3, 16


def _table(rows: Table) -> Mapping[str, Entry]:
    return {word: (weight, task) for weight, task, words in reversed(rows) for word in words.split()}


STEMS = _table(_STEMS)
CONTAINED = _table(_CONTAINED)


def is_foreign(text: str) -> bool:
    """Whether a lower-case text is in one of the other languages; two of their signs make it so."""
    return _EAST_ASIAN.search(text) is not None or len(set(_FOREIGN.findall(text))) > 1


def world_cues(text: str) -> Iterator[Cue]:
    """Cues of a lower-case text; none where it is English."""
    if _EAST_ASIAN.search(text):
        yield from _east_asian(text)
    elif is_foreign(text):
        yield from _by_stems(text)


def _east_asian(text: str) -> Iterator[Cue]:
    for word, (weight, task) in CONTAINED.items():
        if word in text:
            yield Cue(word, weight, task)


def _by_stems(text: str) -> Iterator[Cue]:
    loud = 1.0
    for word in _WORD.findall(text):
        stem = _stem(word)
        if stem:
            weight, task = STEMS[stem]
            yield Cue(word, weight * loud, task)
            loud = LATER


def _stem(word: str) -> str | None:
    beginnings = (word[:size] for size in range(min(len(word), LONGEST_STEM), SHORTEST_STEM - 1, -1))
    return next((beginning for beginning in beginnings if beginning in STEMS), None)
