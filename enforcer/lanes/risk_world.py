"""Words of work that is hard to take back, in several languages: what is done, and to what. Data only.

Beginnings of words, so that `delete`, `deleted` and `deleting` are one entry; `=` in front of a whole word.
"""

from __future__ import annotations

NEAR = 6  # words between what is done and what it is done to; half of it where the thing comes first


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What changes a thing. Asking, reading, testing and explaining are not among them.
CHANGE = _words(
    "=add =adapt =alter =apply =backfill =change =create =disable =enable =encrypt =expose =extend =fix"
    " =harden =hotfix =implement =insert =integrate =invalidate =issue =merge =migrate =move =overwrite"
    " =patch =refactor =rename =renew =replace =reset =revoke =rewrite =rotate =swap =switch =tighten"
    " =update =upgrade =hardcode =ändere =ändern =ersetze =ersetzen =behebe =repariere =baue =bau"
    " =einbauen =umbauen =umstellen =migriere =migrieren =rotiere =rotieren =schalte =füge =implementiere"
    " =erneuere =aktualisiere =erstelle =ajoute =ajouter =applique =appliquer =changer =corrige =corriger"
    " =crée =implémente =migre =migrer =modifie =modifier =remplace =remplacer =renouvelle =réécris =añade"
    " =añadir =aplica =aplicar =cambia =cambiar =crea =implementa =migra =migrar =modifica =modificar"
    " =reemplaza =rota =rotar =reescribe =adicione =altere =aplique =atualize =corrija =crie =implemente"
    " =mude =substitua =troque =aggiungi =applica =applicare =correggi =ruota =sostituisci =riscrivi"
    " =herschrijf =implementeer =migreer =repareer =vervang =wijzig =dodaj =napraw =popraw =zmień =zmigruj"
    " =zaimplementuj =przepisz"
)
# What lets it loose.
DELIVER = _words(
    "=ausführen =ausrollen =deploy =deploye =desplegar =despliega =déploie =déployer =ejecuta =ejecutar"
    " =esegui =execute =exécute =führe =implanta =implantar =lance =lancer =promote =pubblica =push"
    " =release =restart =restore =rodar =rode =rol =roll =rollback =rolle =run =ship =spiel =spiele"
    " =uitrollen =uruchom =voer =wdróż"
)
# What a migration is, besides.
WRITE = _words("=write =schreib =schreibe =escribe =escreva =scrivi =schrijf =écris")
# What takes something away.
UNDO = _words(
    "=delete =drop =erase =purge =remove =truncate =wipe =destroy =nuke =lösche =löschen =lösch =entferne"
    " =entfernen =leere =supprime =supprimer =efface =effacer =vide =borra =borrar =elimina =eliminar"
    " =vacía =apaga =apagar =exclua =excluir =remova =cancella =cancellare =eliminare =svuota =verwijder"
    " =verwijderen =wis =usuń =usunąć =skasuj"
)
# What people keep data in, and what else is at stake.
THINGS = {
    "migration": _words(
        "=migration =migrations =alembic =flyway =liquibase =datenbankmigration =migratie =migraties"
        " =migración =migraciones =migração =migrações =migrazione =migrazioni =migrację =migracje"
    ),
    "auth": _words(
        "=auth =authentication =authorization =authorisation =authn =authz =oauth =oauth2 =oidc =saml =sso"
        " =jwt =2fa =mfa =totp =rbac =login =logins =signin =sign-in =csrf authentifizierung autorisierung"
        " =anmeldung =authentification =autenticación =autorización =autenticação =autorização =autenticazione"
        " =authenticatie =uwierzytelnianie =logowanie"
    ),
    "deletion": _words(
        "=table =tables =database =databases =db =records =users =accounts =customers =bucket =buckets"
        " =backup =backups =tenant =tenants =volume =volumes =tabelle =tabellen =datenbank =datenbanken"
        " =datensätze =nutzer =konten =kunden =sicherungen =sauvegardes =utilisateurs =comptes =tabla =tablas"
        " =usuarios =cuentas =clientes =tabela =tabelas =usuários =contas =tabella =utenti =clienti =tabel"
        " =gebruikers =klanten =tabelę =użytkowników"
    ),
    "payment": _words(
        "=payment =payments =billing =checkout =refund =refunds =payout =payouts =stripe =paypal =adyen"
        " =invoicing =chargeback =chargebacks =payroll =sepa =zahlung =zahlungen =bezahlung =abrechnung"
        " =rückerstattung =rückerstattungen =paiement =paiements =facturation =remboursement =remboursements"
        " =pago =pagos =facturación =reembolso =reembolsos =pagamento =pagamentos =faturamento =pagamenti"
        " =fatturazione =rimborsi =betaling =betalingen =facturatie =płatność =płatności"
    ),
    "production": _words(
        "=production =prod =produktion =produktivsystem =producción =produção =produzione =productie"
        " =produkcję =produkcji"
    ),
    "secret": _words(
        "=secret =secrets =credentials =credential =password =passwords =keystore =api-key =api-keys =apikey"
        " =private-key =private-keys =ssh-key =ssh-keys =signing-key =signing-keys"
        " =zugangsdaten =passwörter =passwort =identifiants =credenciales =contraseña =contraseñas"
        " =credenziali =senha =senhas =wachtwoord =wachtwoorden =hasła =hasło"
    ),
}
# Right behind a thing they say that it is written, drawn or talked about.
ABOUT = _words(
    "page pages email emails mail mails message messages text texts copy doc docs documentation guide"
    " guides notes note post article story poem announcement slide slides diagram test tests spec specs"
    " icon icons banner headline section readme report chapter screen wording tagline label labels value"
    " values =button =ready =plan"
)
# Who does what to which kind of thing.
VERBS = {
    "migration": CHANGE + DELIVER + WRITE,
    "auth": CHANGE + UNDO,
    "deletion": UNDO,
    "payment": CHANGE + UNDO,
    "production": DELIVER + UNDO,
    "secret": CHANGE + UNDO,
}
# Commands that are named outright.
COMMANDS = {
    "migration": r"alembic (?:up|down)grade\b|(?:rails|rake) db:(?:migrate|rollback)\b|manage\.py migrate\b"
    r"|prisma migrate (?:deploy|reset)\b",
    "deletion": r"drop (?:table|database|schema|column)\b|truncate table\b|delete from \w+|rm -r?f?r? +[/~$*]"
    r"|git push (?:--force|-f)\b|git reset --hard\b",
    "payment": r"refund (?:the|all|every|each|order|customer)s?\b",
    "production": r"terraform (?:apply|destroy)\b|kubectl (?:apply|delete)\b|helm upgrade\b",
}
BEFORE = r"(?:^|\b(?:run|do|then|and|now|please|just|execute|lance|ejecuta|esegui|führ\w*)[: `]+)[`$ ]*"  # a command
# Languages that put no blanks between words: what is done, and to what.
JOINED = {
    "migration": (
        r"実行|適用|書いて|作って|追加|执行|运行|编写|应用|실행|적용|작성|추가",
        r"マイグレーション|数据库迁移|迁移脚本|마이그레이션",
    ),
    "auth": (
        r"修正|変更|実装|追加|修复|修改|实现|添加|수정|변경|구현|추가",
        r"認証|ログイン処理|认证|鉴权|登录逻辑|인증|로그인 로직",
    ),
    "deletion": (
        r"削除|消して|删除|清空|삭제|지워",
        r"テーブル|データベース|ユーザーデータ|バックアップ|数据库|数据表|用户数据|备份|테이블|데이터베이스|백업",
    ),
    "payment": (
        r"修正|変更|実装|追加|返金して|修复|修改|实现|添加|수정|변경|구현|추가",
        r"決済|課金|返金処理|支付|付款|退款逻辑|결제|환불 처리",
    ),
    "production": (r"デプロイ|リリース|反映|部署|发布|上线|배포", r"本番|生产环境|프로덕션|운영 환경"),
    "secret": (
        r"変更|更新|ローテーション|修改|轮换|更换|변경|교체",
        r"パスワード|シークレット|APIキー|密码|密钥|凭据|비밀번호|시크릿|API 키",
    ),
}
