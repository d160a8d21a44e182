"""What creators talk about: one taxonomy, and the names that rosters use for its entries in many languages.

The raw value is kept beside the key, so a wider taxonomy can be laid over old rosters again.
"""

import re
from functools import lru_cache

from kolhub.roster.places import folded

# key → the names that mean it. The key itself, with blanks for underscores, is a name too.
_NAMES: dict[str, str] = {
    "beauty": (
        "makeup|make up|cosmetics|skincare|skin care|belleza|beleza|maquillaje|maquiagem|schonheit|beaute|美妆|"
        "美妝|美容|护肤|護膚|彩妆|美妆护肤|美妝保養|美甲|香水|コスメ|メイク|뷰티|화장품|красота|kecantikan"
    ),
    "fashion": (
        "clothing outfits|style|outfits|modeling|modelling|model|accessories jewellery|jewelry|shoes|moda|mode|"
        "modelos|modelaje|时尚|時尚|穿搭|服饰|服装|潮流|潮流时尚|时尚穿搭|鞋靴|箱包|配饰|ファッション|モデル|패션|"
        "мода|fesyen"
    ),
    "luxury": "lujo|luxo|luxe|奢侈品|轻奢|奢华|ラグジュアリー|럭셔리",
    "lifestyle": (
        "daily vlogs|vlog|vlogs|vlogger|daily life|people blogs|vlogs diarios|estilo de vida|vida cotidiana|生活|"
        "日常|生活方式|生活记录|随拍|记录生活|vlog日常|ライフスタイル|日常生活|일상|라이프스타일|образ жизни|"
        "gaya hidup"
    ),
    "family": (
        "parenting|mom|mum|moms|motherhood|baby|kids|children|pregnancy|familia|maternidad|maternidade|maternity|"
        "母婴|母嬰|亲子|親子|育儿|育兒|萌娃|家庭|子育て|ママ|육아|가족|семья|keluarga"
    ),
    "toys": "kids toys|juguetes|brinquedos|spielzeug|玩具|潮玩|手办|おもちゃ|장난감",
    "pets": (
        "animals pets|animals|animales y mascotas|animales|mascotas|pet|cats|dogs|animais|萌宠|萌寵|宠物|寵物|动物|"
        "動物|ペット|動物|반려동물|펫"
    ),
    "food": (
        "food drinks|food drink|food cooking|food and drink|cooking|recipes|mukbang|restaurants|baking|wine|"
        "comida y bebida|comida|cocina|gastronomia|comidas e bebidas|美食|吃播|探店|美食探店|烹饪|料理|饮食|零食|"
        "グルメ|料理|食|푸드|먹방|맛집|еда|makanan|kuliner"
    ),
    "travel": (
        "tourism|hotels|viajes|viagem|viagens|turismo|reisen|voyage|旅游|旅遊|旅行|出行|户外旅行|民宿|旅|トラベル|"
        "여행|путешествия|wisata"
    ),
    "fitness": (
        "fitness gym|gym|workout|yoga|trainers coaches|bodybuilding|健身|运动健身|健身运动|瑜伽|减肥|塑形|"
        "フィットネス|筋トレ|헬스|피트니스|фитнес"
    ),
    "health": (
        "health self help|wellness|medical|medicine|mental health|nutrition|salud y autoayuda|salud|saude|"
        "gesundheit|sante|健康|养生|養生|医疗|医学|医疗健康|健康养生|心理|营养|健康|건강|здоровье|kesehatan"
    ),
    "sports": (
        "sport|sports with a ball|football|soccer|basketball|racing sports|winter sports|water sports|martial arts|"
        "deportes|deporte|esportes|esporte|futbol|体育|運動|运动|足球|篮球|体育运动|スポーツ|스포츠|спорт|olahraga"
    ),
    "outdoors": (
        "nature landscapes|nature|outdoor|camping|hiking|fishing|hunting|gardening|naturaleza|natureza|户外|戶外|"
        "露营|钓鱼|アウトドア|キャンプ|캠핑"
    ),
    "gaming": (
        "video games|videogames|games|game|gamer|esports|e sports|videojuegos|juegos|jogos|游戏|遊戲|电竞|電競|"
        "手游|游戏电竞|ゲーム|게임|игры|permainan"
    ),
    "tech": (
        "technology|science technology|computers gadgets|machinery technologies|gadgets|software|programming|ai|"
        "tecnologia|ciencia y tecnologia|tecnologia y ciencia|ciencia e tecnologia|computacion|technik|科技|数码|"
        "數碼|科技数码|数码科技|3c数码|3c|互联网|编程|人工智能|テクノロジー|ガジェット|테크|IT|технологии|teknologi"
    ),
    "crypto": "nft|nfts|web3|bitcoin|blockchain|cryptocurrency|加密货币|区块链",
    "science": "ciencia|ciencias|wissenschaft|科学|科普|知识科普|サイエンス|과학|наука",
    "education": (
        "learning|languages|how to|educacion|educacao|bildung|formation|教育|知识|知識|学习|教育培训|知识分享|校园|"
        "語言|教育|教育|교육|образование|pendidikan"
    ),
    "books": (
        "literature journalism|literature|book|writing|bookstagram|libros|literatura|livros|读书|讀書|阅读|书籍|"
        "文学|図書|本|読書|책|книги"
    ),
    "business": (
        "business careers|entrepreneurship|management marketing|marketing|career|startups|negocios|empresa|商业|"
        "商業|职场|職場|创业|创业职场|营销|ビジネス|비즈니스|бизнес|bisnis"
    ),
    "finance": (
        "finance economics|economics|investing|money|stocks|real estate|finanzas|financas|economia|财经|財經|金融|"
        "理财|理財|投资|房产|財経|ファイナンス|금융|재테크|финансы|keuangan"
    ),
    "news_politics": (
        "news|politics|noticias y politica|noticias|politica|nachrichten|actualites|media|新闻|新聞|时事|時事|时政|"
        "政务|资讯|社会|ニュース|뉴스|정치|новости|berita"
    ),
    "music": "musica|musik|musique|singers|singer|音乐|音樂|歌手|唱歌|音乐舞蹈|音楽|ミュージック|음악|музыка",
    "dance": "baile|danza|danca|tanz|舞蹈|跳舞|街舞|ダンス|댄스|танцы",
    "film_tv": (
        "movies|movie|film|films|cinema actors actresses|cinema|actors|shows|tv|tv shows|series|peliculas|cine|"
        "espectaculos|filmes|影视|影視|电影|電影|电视剧|影视综艺|综艺|娱乐影视|演员|映画|ドラマ|俳優|영화|드라마|"
        "кино"
    ),
    "entertainment": (
        "celebrity|celebrities|pop culture|culture|entretenimiento|entretenimento|unterhaltung|娱乐|娛樂|明星|"
        "明星娱乐|泛娱乐|颜值|才艺|颜值才艺|エンタメ|芸能|엔터테인먼트|развлечения|hiburan"
    ),
    "comedy": (
        "humor|humour|humor fun happiness|funny|comics sketches|sketches|memes|pranks|comedia|搞笑|幽默|剧情|劇情|"
        "剧情搞笑|搞笑剧情|段子|お笑い|コメディ|코미디|юмор|komedi|lucu"
    ),
    "animation": (
        "animacion|animacao|anime|cartoons|comics|cosplay|manga|二次元|动漫|動漫|动画|漫画|国创|アニメ|マンガ|"
        "애니메이션|анимация"
    ),
    "art_design": (
        "art|arts|art artists|design art|design|diseno arte|diseno|arte|artist|illustration|crafts|kunst|艺术|藝術|"
        "设计|設計|绘画|手绘|艺术文化|文化|文化艺术|アート|デザイン|イラスト|예술|искусство|seni"
    ),
    "photography": "photo|photographer|fotografia|fotografie|摄影|攝影|拍照|写真|フォト|사진|фото",
    "home": (
        "home garden|home decor|interior design|interior|home living|hogar|decoracion|casa|decoracao|wohnen|家居|"
        "家装|家居家装|居家|家电|装修|家居生活|インテリア|暮らし|인테리어|дом|rumah"
    ),
    "diy": (
        "diy life hacks|diy y life hacks|life hacks|handmade|howto style|手工|手作|创意手工|生活技巧|ハンドメイド|"
        "만들기"
    ),
    "cars": (
        "cars motorbikes|autos vehicles|auto|autos|automotive|cars|motorcycles|coches y vehiculos|vehiculos|carros|"
        "automoveis|automobile|汽车|汽車|机车|摩托|车|車|クルマ|バイク|자동차|авто|otomotif"
    ),
    "shopping": (
        "shopping retail|retail|deals|unboxing|haul|reviews|compras|购物|種草|种草|好物|好物推荐|测评|开箱|带货|"
        "直播带货|电商|買い物|レビュー|쇼핑|покупки|belanja"
    ),
    "relationships": (
        "dating|love|wedding|weddings|couple|couples|relaciones|情感|婚恋|婚庆|情侣|恋愛|ウェディング|연애|отношения"
    ),
    "religion": "spirituality|faith|astrology|religion espiritualidad|religiao|宗教|星座|命理|占い|종교|религия",
    "society": (
        "social causes|charity|environment|activism|lgbt|sociedad|sociedade|公益|三农|三農|乡村|法律|社会问题|社会|"
        "사회|общество"
    ),
    "asmr": "relax|relaxation|助眠|解压|睡眠",
    "mystery": "true crime|paranormal|horror|misterio|悬疑|恐怖|灵异|ホラー|미스터리",
    "adult": "adult content|adults|nsfw|contenido para adultos|成人|アダルト|성인",
    "other": "others|misc|miscellaneous|otros|outros|autre|sonstiges|其他|其它|综合|その他|기타|другое|lainnya",
}

CATEGORIES: tuple[str, ...] = tuple(_NAMES)

# Values that name two entries at once.
_DOUBLE: dict[str, tuple[str, ...]] = {
    "music dance": ("music", "dance"),
    "musica y baile": ("music", "dance"),
    "fashion beauty": ("fashion", "beauty"),
    "beauty fashion": ("beauty", "fashion"),
    "health fitness": ("health", "fitness"),
    "travel events": ("travel",),
    "news politics": ("news_politics",),
    "family parenting": ("family",),
    "film animation": ("film_tv", "animation"),
    "pets animals": ("pets",),
    "sports outdoors": ("sports", "outdoors"),
    "food travel": ("food", "travel"),
}


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, names in _NAMES.items():
        for name in (key.replace("_", " "), *names.split("|")):
            found.setdefault(folded(name), (key,))
    return found | _DOUBLE


@lru_cache(maxsize=8192)
def read_categories(raw: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (keys, raw pieces that no key is known for) of a cell that may name several categories."""
    whole = _index().get(folded(raw))
    if whole:
        return whole, ()
    keys: list[str] = []
    unknown: list[str] = []
    for piece in re.split(r"[,;|、，；｜\n]+|\s{2,}", raw):
        found = _keys_of_piece(piece)
        keys.extend(key for key in found if key not in keys)
        if not found and folded(piece):
            unknown.append(piece.strip())
    return tuple(keys), tuple(unknown)


def _keys_of_piece(piece: str) -> tuple[str, ...]:
    """Return the keys of one piece: as a whole, or of all its parts around slashes and ampersands."""
    found = _index().get(folded(piece))
    if found:
        return found
    parts = [part for part in re.split(r"[/&+-]|\by\b|\be\b|\band\b", piece) if folded(part)]
    known = [key for part in parts for key in _index().get(folded(part), ())]
    return tuple(dict.fromkeys(known))
