"""User agents that are no person's browser: link previews, declared bots, scripts, headless browsers.

Facts (the names that software gives itself) collected for KolHub. The in-app browsers of WeChat, Line, Facebook,
Instagram and the like are people and carry a whole browser's name; the same apps' preview fetchers do not.
"""

import re
from functools import lru_cache
from typing import Final

# Fetchers that draw a card under a link somebody posted, and mail scanners that open every link.
PREVIEWS: Final = re.compile(
    r"""
    facebookexternalhit | facebookcatalog | facebot | meta-external | whatsapp/\d | telegrambot | twitterbot
  | slackbot | slack-imgproxy | discordbot | linkedinbot | skypeuripreview | pinterestbot | redditbot | embedly
  | iframely | outbrain | vkshare | line-poker | line/poker | kakaotalk-scrap | kakaostory-og
  | snapchat(?!.*mobile) .* (preview|bot) | snap\ url\ preview | tiktokspider.*preview | bytespider | mastodon/
  | pleroma | misskey | wechatdevtools | weixin.*(spider|scrap|preview) | mpcrawler | tencent(?:traveler)?.*bot
  | bluesky\ cardyb | cardyb | link[-_ ]?(preview|expander|check|unfurl) | unfurl | url[-_ ]?preview
  | (?<!web)preview(?:bot|\ service|er)?/ | googlemessages | google-messages | google-?image-?proxy
  | yahoomailproxy | yahoo.*mail.*proxy | image-?proxy | (email|mail)[\w.]*-?proxy | mail\.[\w.]+\ proxy
  | outlook-?(?:safe|link) | safelinks | barracuda | proofpoint | mimecast | zscaler | symantec.*(scan|click)
  | ironport | trendmicro | bitdefender.*scan | xing-contenttab | microsoftpreview | bingpreview | discourse
  | onebox | nuzzel | w3c_unicorn | teams.*preview | threads.*preview | applebot | imessage.*preview
  | flipboardproxy | quora\ link | tumblr/ | zoom\ marketplace | gchat | hangouts
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Words by which robots, libraries and services call themselves.
BOTS: Final = re.compile(
    r"""
    (?<!cu)bot\b | bot(?:[/;,)_\-\d+@]|\ v?\d) (?<!cubot[ /;,)_\-]) | \bbot | (?<!cu)(?-i:[bB]ot(?=[A-Z]))
  | robot | [a-z]bots\b | crawl | spider | spyder | sipder | scrap(?:er|y|ing) | harvest | extract(?:or|ion)?
  | exractor | siphon | sucker | leech | archiv | wayback | heritrix | nutch | webcollage
  | \bfetch(?:er|ing|bot)? (?<!mozacfetch) | grabber | downloader | headless | phantomjs | phantomas | slimer
  | puppeteer | playwright | selenium | webdriver | cypress/ | electron/.*cypress | splash\ version | splash/
  | zombie\.js | htmlunit | jsdom | testcafe | nightmare | chrome-lighthouse | lighthouse | page\ ?speed
  | pagespeed | ptst/ | speedcurve | dareboost | yellowlab | synthetic | catchpoint | gomez | dejaclick
  | pingdom | statuscake | uptime | updown | site24x7 | monit(?:or|is|/) | nagios | zabbix | prometheus
  | datadog | newrelic | ruxit | rigor | hexometer | freshping | checkly | health-?_?(?:check|service) | probe
  | xymon | bbtest | applicationhealth | \bcheck(?:er|ing|_http|\.php|bot)\b | link\ ?check | seo | semrush
  | ahrefs | majestic | screaming | sitebulb | audit | analyz | analyser | analys(?:is|er) | inspect
  | valid(?:at|ator) | verif | securityheaders | classif | indexer | scan(?:ner|alert|\b)(?<!camscanner) | nmap
  | nikto | nessus | acunetix | nuclei | burp | sqlmap | wpscan | arachni | openvas | qualys | fuzz | masscan
  | zgrab | xtate | censys | shodan | expanse | l9tcpid | jorgee | tracemyfile | clamav | virus | malware
  | python | aiohttp | httpx | urllib | requests/ | request-promise | scrapy | mechanize | curl | wget
  | libwww-perl | lwp[ :-] | \bperl | \bruby | rest-client | faraday | typhoeus | httparty | mechanicalsoup
  | guzzle | \bphp/ | php-curl | \bpear\b | snoopy | zend_http | \bjava/ | (?<!javascript)\(java\) | jakarta
  | httpclient | http-client | http_client | http_request | okhttp/ (?!.*mobile\ safari) | apache-h
  | apachebench | go-http | golang | node-fetch | axios | undici | superagent | \bgot\b | needle/ | deno/ | bun/
  | openai | restsharp | dotnet | winhttp | \.net/ | postman | insomnia | paw/ | httpie | grpc | ^duckduckgo/\d
  | ^ddg_android | cryptoapi | rsync | ansible | terraform | vagrant | kube | azure-logic | microsoft-flow
  | ifttt | zapier | webhook | collectd | hwcdn | fastly | cloudflare | keycdn | nginx | varnish | akamai | feed
  | \brss | rss\b | rssowl | quiterss | atom\ reader | reeder | readkit | newsblur | inoreader | blogtrottr
  | podcast(?!republic) | itunes\b.*\bpodcasts | castro | downcast | netnewswire | akregator | liferea
  | news\ ?reader | subscribers | pubsub | overcast | search\ ?engine | search\ console | searchtools
  | google(?:other|-|assoc|web|\ favicon|bot|stack|docs|producer) | mediapartners | adsbot | feedfetcher
  | adwords | duplexweb | apis-google | bingbot | msnbot
  | yandex(?!.*(yabrowser|yasearch|yandexsearch|yaapp)).*(?:bot|images|metrika) | baidu\ transcoder
  | baiduspider | sogou.*(web|pic|inst) | 360spider | yisou | petal | gptbot | chatgpt | claude | anthropic
  | perplexity | ccbot | cohere | bigsur | manus-user | devin/ | cursor/ | ai2bot | diffbot | \bllm\b | preview
  | proxy\b | transcoder | webproxy | cgi\b.*proxy | thumbor | thumb(?:nail|s?nap) | screenshot | browsershot
  | snapshot\b | webshot | collapsify | webthumb | metadata | tagger | taginspector | onetrust | scope3
  | perimeterx | swcd | dcv$ | certificate | ssl\b.*(?:check|test|labs|early) | letsencrypt | http://
  | https://(?!.*(mobile\ safari|android)) | \+http | \(\+?www\. | @[\w-]+\.(?:com|org|net|de|io|ru|fr|it|cz)
  | \(at\)\w | burpcollaborator | interact\.sh | load_file\( | union\ select | <script | \$\{jndi
  | fake_useragent | user_agent$ | evc-batch | pageburst | dmbrowser | trackable/ | marketgoo | morningscore
  | hydra | mixnode | datanyze | outbrain | nibbler | gigablast | email(?:siphon|wolf) | emclient
  | kendra-customer-id-\d | service\b.*(?:agent|daemon) | \bdaemon\b | \bagent\s?/ | agent/[\d.]+$ | ips-agent
  | interasco | mogoo | tests?/ | test\ certificate | torrent | getright | iget | offline\ explorer | teleport
  | webzip | httrack | webcopier | webreaper | \bcopier | mirror | wordpress/ | joomla | drupal | optimizer
  | lookup | resolver | tineye | w3c[-_] | jigsaw | amaya | libcurl | heartbeat | cron\b | scheduler
  | cloud-tasks | \btasks\b | http-kit | resty | scalaj | jersey/ | httpurlconnection | http/ | \bhttp\ client
  | colly | \bahc/ | pcore | httpunit | okhttp$ | jobhunter | ^munin | newspaper/ | mediahub | offbyone | ^owler
  | twingly | dataprovider | netcraft | thousandeyes | silktide | hardenize | siteimprove | anonymous,\ moz
  | webmoney | \bbw/1 | ^valve/steam | ^spotify/ | fetcher | leadgen | research | survey | scour | capture
  | watch(?:er)?/ | brandwatch | (?:compatible;\s?|;\s)\+?[\w-]+\.(?:com|org|net|io|ai)\b
  | ^[\w-]+\.(?:com|org|net|io|ai|ch|app|ru|de)\b | agent-mariner | \w\.ai/ | ^iphone\| | ^(?:get|post)\ /
  | ^[A-Za-z0-9+/=]{60,}$ | antenna | scissors | disqus | postrank | linkdex | ichiro/ | coccoc/1 | metauri
  | xenu | wordup | appinsights | attracta | safesearch | adbeat | criticalcss | worker | sender | alert | notif
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Whatever else is in there, a name like these is a person's program.
PEOPLE: Final = re.compile(
    r"camscanner|cubot[ _]|cubot\)|mozacfetch|ecosia (?:ios|android)@|fubo(?:tv|player)|staticlogin|turbotabbee"
    r"|ps[45]application|customer-id-<",
    re.IGNORECASE,
)

# A browser's name has a product with a version or, failing that, a comment in brackets.
_PRODUCT: Final = re.compile(r"[/(]")


@lru_cache(maxsize=20_000)
def classify(agent: str) -> str:
    """Say what a user agent is: `preview`, `bot`, or the empty string for what may be a person's browser."""
    if not agent.strip():
        return "bot"
    if PEOPLE.search(agent):
        return ""
    if PREVIEWS.search(agent):
        return "preview"
    if BOTS.search(agent) or not _PRODUCT.search(agent):
        return "bot"
    return ""
