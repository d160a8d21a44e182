"""The words of column headers, in the languages of the rosters seen: what a header is about.

A header is folded to lower case without accents and punctuation. Latin words match as whole words, the others as
parts, because Chinese and Japanese do not part words.
"""

import re
from functools import lru_cache

from kolhub.platforms import PLATFORMS, Platform
from kolhub.roster.places import folded

# Whole headers that mean one field and nothing else.
EXACT: dict[str, str] = {
    "platform": (
        "platform|channel type|social network|network|social media|plataforma|red social|rede social|平台|平臺|"
        "社交平台|渠道|媒体平台|プラットフォーム|媒体|플랫폼|plattform|plateforme|платформа"
    ),
    "handle": (
        "handle|username|user name|account|account id|account name|user id|userid|login|screen name|usuario|"
        "nombre de usuario|usuário|nome de usuario|cuenta|conta|账号|帳號|账户|帐号|用户名|用戶名|账号id|达人id|"
        "达人账号|博主id|主播id|id|平台id|平台账号|アカウント|アカウント名|ユーザー名|ユーザ名|ユーザーid|"
        "アカウントid|계정|계정명|아이디|사용자명|benutzername|identifiant|никнейм|логин|channel info|creator id|"
        "slug|kol id"
    ),
    "profile_url": (
        "url|link|links|profile|profile url|profile link|channel url|channel link|page url|homepage|home page|"
        "account link|account url|enlace|perfil|link do perfil|url del perfil|链接|鏈接|連結|主页|主頁|主页链接|"
        "主頁連結|达人链接|账号链接|个人主页|首页链接|主页地址|达人主页|博主链接|空间链接|直播间链接|リンク|"
        "プロフィールurl|アカウントurl|チャンネルurl|링크|프로필|프로필 링크|채널 링크|계정 링크|ссылка|feed url|"
        "feedurl"
    ),
    "name": (
        "name|full name|display name|creator|creator name|influencer|influencer name|kol|kol name|real name|"
        "nickname|nick name|channel|channel name|title|artist|nombre|nombre completo|nome|nome completo|创作者|"
        "姓名|名字|名称|名稱|昵称|暱稱|达人|達人|达人昵称|達人暱稱|达人名称|達人名稱|达人姓名|博主|博主昵称|"
        "博主名称|主播|主播昵称|红人|紅人|网红|網紅|网红名称|網紅名稱|kol名称|kol昵称|up主|up主昵称|账号名称|"
        "帳號名稱|账号昵称|频道名称|頻道名稱|名前|氏名|インフルエンサー|インフルエンサー名|クリエイター|"
        "クリエイター名|チャンネル名|表示名|이름|닉네임|인플루언서|인플루언서명|크리에이터|채널명|활동명|имя|"
        "блогер|nom|influencer insta name"
    ),
    "posts": (
        "posts|post count|number of posts|videos|video count|media count|uploads|publicaciones|publicacoes|作品数|"
        "作品數|笔记数|笔记数量|视频数|影片數|发文数|貼文數|投稿数|動画数|게시물 수|게시물수|영상수|публикации"
    ),
    "total_likes": (
        "total likes|获赞|获赞数|获赞与收藏|赞藏|赞藏数|赞藏总数|总点赞|总点赞数|累计点赞|総いいね数|총 좋아요"
    ),
    "monthly_reach": (
        "monthly listeners|listeners|monthly views|monthly reach|monthly audience|monthly visitors|downloads|"
        "月播放|月播放量|月活|听众|訂閱聽眾|月間リスナー|월간 청취자|oyentes mensuales|ouvintes mensais"
    ),
    "country": (
        "country|location|country region|region|market|pais|país|ubicacion|localizacao|国家|國家|国家地区|國家地區|"
        "地区|地區|所在地|所在地区|所在国家|地域|城市|省份|属地|ip属地|国|国名|国籍|居住地|エリア|국가|나라|지역|"
        "land|pays|страна"
    ),
    "audience_country": (
        "audience country|audience country mostly|audience location|top country|main audience country|"
        "top audience country|audience geo|pais de la audiencia|pais da audiencia|粉丝地区|粉丝国家|粉丝地域|"
        "受众国家|受众地区|受眾國家|粉絲地區|粉丝分布|主要粉丝地区|フォロワーの国|視聴者の国|オーディエンス国|"
        "오디언스 국가|팔로워 국가"
    ),
    "language": "language|languages|lang|idioma|idiomas|lengua|lingua|语言|語言|语种|言語|언어|sprache|langue|язык",
    "category": (
        "category|categories|niche|niches|topic|topics|genre|vertical|industry|tags|tag|content type|categoria|"
        "categorias|categoría|nicho|tema|temas|分类|分類|类目|類目|类别|類別|类型|領域|领域|垂类|内容类型|内容分类|"
        "达人类型|達人類型|达人标签|达人分类|博主类型|账号类型|行业|行業|标签|標籤|内容标签|赛道|カテゴリ|"
        "カテゴリー|ジャンル|分野|카테고리|분야|장르|kategorie|categorie|категория|тематика"
    ),
    "bio": (
        "bio|biography|about|description|introduction|intro|profile bio|summary|biografia|descripcion|descricao|"
        "简介|簡介|个人简介|個人簡介|达人简介|介绍|介紹|账号简介|自我介绍|自己紹介|プロフィール|紹介文|소개|"
        "자기소개|описание"
    ),
    "email": (
        "email|e mail|mail|email address|business email|contact email|correo|correo electronico|邮箱|郵箱|电子邮箱|"
        "電子郵件|电子邮件|邮件|商务邮箱|联系邮箱|メール|メールアドレス|이메일|메일|почта"
    ),
    "wechat": "wechat|we chat|wechat id|weixin|微信|微信号|微信號|联系微信|商务微信|vx|v信|ウィーチャット|위챗",
    "whatsapp": "whatsapp|whats app|whatsapp number|wa|瓦次普",
    "phone": (
        "phone|phone number|telephone|tel|mobile|cell|telefono|telefone|celular|电话|電話|手机|手機|手机号|"
        "手機號碼|联系电话|電話番号|携帯|전화|전화번호|연락처|телефон|联系方式|聯絡方式|联系|contact"
    ),
    "agent": (
        "agent|agency|mcn|manager|management|mcn agency|mcn name|representative|contact person|agencia|agente|机构|"
        "機構|mcn机构|mcn機構|所属机构|所属mcn|经纪人|經紀人|经纪公司|联系人|聯絡人|商务|商务对接|对接人|媒介|公会|"
        "事務所|所属事務所|マネージャー|担当者|소속사|매니저|에이전시|담당자|агент"
    ),
    "kind": "kind|creator type|type of creator|is virtual|主体类型|真人虚拟|是否虚拟",
    "external_ref": (
        "external id|external ref|reference|ref|crm id|internal id|code|编号|編號|达人编号|内部编号|管理番号|"
        "관리번호|_id"
    ),
    "notes": (
        "notes|note|remarks|remark|comment|observations|notas|observaciones|observacoes|备注|備註|备注信息|说明|"
        "備考|メモ|비고|메모|примечание"
    ),
    "coupon": (
        "coupon|coupon code|promo code|promocode|promo|discount code|codigo|cupon|cupom|优惠码|優惠碼|折扣码|"
        "折扣碼|クーポン|クーポンコード|쿠폰|할인코드"
    ),
    "currency": "currency|price currency|moneda|moeda|币种|幣種|货币|貨幣|結算币种|结算币种|通貨|통화|валюта",
    "as_of": (
        "date|as of|updated|updated at|last updated|data date|snapshot date|fecha|data|日期|更新日期|数据日期|"
        "数据更新时间|更新时间|統計日期|统计日期|日付|更新日|날짜|дата|updated on"
    ),
    "audience_female": (
        "female|female audience|female percentage|percfemaledemographic|perc female demographic|women|女性|"
        "女粉比例|女性占比|女性比例|女性粉丝占比|女性比率|여성비율|여성 비율"
    ),
    "audience_ages": (
        "age|ages|age group|age groups|audience age|agedemographics|age demographics|粉丝年龄|受众年龄|年龄分布|"
        "フォロワー年齢|연령|연령대"
    ),
}

# Words a metric is recognised by when the header is not one of the above.
METRICS: dict[str, str] = {
    "followers": (
        "followers|follower|subscribers|subscriber|subs|fans|fan count|seguidores|suscriptores|inscritos|abonnes|"
        "abonnenten|粉丝|粉絲|订阅|訂閱|关注者|追蹤|フォロワー|登録者|チャンネル登録|팔로워|구독자|подписчики|"
        "подписчиков|pengikut"
    ),
    "views": (
        "views|view|plays|play|visits|viewers|impressions|exposure|visualizaciones|visualizacoes|vistas|"
        "reproducciones|visitas|播放|观看|觀看|阅读|閱讀|浏览|瀏覽|曝光|再生|視聴|閲覧|표시|조회|재생|просмотры|"
        "просмотров"
    ),
    "likes": "likes|like|me gusta|curtidas|点赞|點讚|按讚|赞|讚|いいね|高評価|좋아요|лайки|лайков|hearts",
    "comments": "comments|comentarios|评论|評論|留言|コメント|댓글|комментарии",
    "shares": (
        "shares|share|reposts|retweets|compartidos|compartilhamentos|转发|轉發|分享|シェア|リポスト|リツイート|"
        "공유|репосты"
    ),
    "saves": "saves|saved|favorites|favourites|bookmarks|collects|guardados|salvos|收藏|保存|ブックマーク|저장",
    "engagement": (
        "engagement|engagements|eng|er|interaction|interactions|interaccion|interacciones|engajamento|互动|互動|"
        "エンゲージメント|反応|참여|인게이지먼트|вовлеченность"
    ),
}

AVERAGE = (
    "avg|average|mean|median|per post|per video|promedio|media de|medio|media|medias|均|平均|篇均|场均|集均|条均|"
    "中位|中位数|평균|средн|moyenne|durchschnitt"
)
RATE = "rate|ratio|percentage|percent|perc|pct|tasa|taxa|tasa de|率|比例|占比|割合|율|률|비율|er"
TOTAL = "total|sum|all time|lifetime|overall|累计|总|總|合计|総|累計|총|누적|全部"
# A change or an extreme is another number than the level.
OTHER_NUMBER = (
    "gained|gain|growth|growing|increase|new|change|delta|lost|peak|max|min|time|minutes|hours|rank|score|index|"
    "predicted|涨粉|增长|增量|增粉|新增|净增|变化|环比|同比|排名|指数|指數|时长|时间|预估|增加|増加|順位|순위|"
    "증가|증감|crecimiento|crescimento"
)
AUDIENCE = "audience|viewer|follower|fans|粉丝|受众|粉絲|受眾|フォロワー|視聴者|오디언스|팔로워"
PRICE = (
    "price|prices|fee|fees|rate card|ratecard|cost|costs|quote|quotation|budget|cpm|mincpm|min cpm|precio|"
    "precios|tarifa|tarifas|preco|valor|报价|報價|价格|價格|刊例|刊例价|报价单|费用|費用|稿费|合作价|单价|一口价|"
    "執行价|执行价|料金|価格|単価|費用|報酬|단가|가격|비용|원고료|цена|стоимость|preis|prix"
)
# Row numbers: never identities.
COUNTERS = (
    "rank|ranking|no|num|number|index|s no|sno|sr no|serial|序号|序號|排名|名次|排行|順位|番号|순위|번호|"
    "posicion|posicao|puesto|#|№"
)
# Data that a roster has no business with (attack R13): dropped, and said so.
PERSONAL = (
    "id card|identity card|national id|passport|passport number|ssn|social security|birth date|birthday|"
    "date of birth|dob|bank|bank account|iban|account number bank|home address|address|tax id|身份证|身份证号|"
    "身分證|护照|護照|银行卡|銀行帳號|银行账号|银行账户|开户行|收款账号|支付宝|出生日期|生日|家庭住址|住址|"
    "收货地址|地址|口座番号|銀行口座|生年月日|住所|マイナンバー|주민등록번호|계좌번호|계좌|생년월일|주소|dni|"
    "curp|cpf|rg|cuenta bancaria|fecha de nacimiento"
)

# Writing without blanks between words; one such character makes a name a part to look for.
UNPARTED = re.compile(r"[^\sa-zа-я0-9]")


def words(names: str) -> tuple[str, ...]:
    """Return the folded names of a '|' list."""
    return tuple(dict.fromkeys(folded(name) or name for name in names.split("|")))


def says(header: str, names: tuple[str, ...]) -> str:
    """Return the first of the names that the folded header contains as a word (East Asian: as a part), or ''."""
    padded = f" {header} "
    for name in names:
        if f" {name} " in padded or (UNPARTED.search(name) and name in header):
            return name
    return ""


@lru_cache(maxsize=1)
def exact_index() -> dict[str, str]:
    """Return folded header → field."""
    found: dict[str, str] = {}
    for field, names in EXACT.items():
        for name in words(names):
            found.setdefault(name, field)
    return found


@lru_cache(maxsize=1)
def platform_words() -> tuple[tuple[str, Platform], ...]:
    """Return (folded name, platform), longest first; names of two letters only where they stand alone."""
    pairs = [
        (folded(name), platform) for platform in PLATFORMS for name in (platform.key, platform.label, *platform.names)
    ]
    return tuple(sorted(((name, p) for name, p in set(pairs) if name), key=lambda pair: (-len(pair[0]), pair[0])))


def fold_header(header: str) -> str:
    """Return the header as words: camelCase parted, case, accents and punctuation gone."""
    return folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))
