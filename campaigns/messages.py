"""The message templates a brand begins with, in English and Chinese."""

from typing import NamedTuple


class Text(NamedTuple):
    """One template."""

    name: str
    language: str
    subject: str
    body: str


TEXTS = (
    Text(
        "First contact",
        "en",
        "{{brand}} × {{creator}}: working together?",
        """Hi {{creator}},

I am {{sender}} from {{brand}}. We have followed what you publish for a while and think that your
audience would enjoy our product. For “{{campaign}}” we are looking for creators who try it and say
honestly what they think of it.

All paid posts with us are labelled as advertising. If you are interested, would you send me your
current rates and your next free dates?

Best regards
{{sender}}, {{brand}}
""",
    ),
    Text(
        "首次建联",
        "zh-hans",
        "{{brand}} × {{creator}} 合作邀约",
        """{{creator}} 您好：

我是 {{brand}} 的 {{sender}}。我们一直在关注您的内容，觉得您的粉丝会喜欢我们的产品。
“{{campaign}}”正在寻找愿意亲自试用并如实分享感受的达人。

与我们合作的所有付费内容都会按规定标明广告。如果您感兴趣，请告诉我目前的报价和近期档期。

期待您的回复
{{sender}}｜{{brand}}
""",
    ),
    Text(
        "Follow-up",
        "en",
        "Re: {{brand}} × {{creator}}",
        """Hi {{creator}},

a short reminder of my message about “{{campaign}}”. Is it of interest to you? A yes, a no or a
question all help me.

Best regards
{{sender}}, {{brand}}
""",
    ),
    Text(
        "跟进",
        "zh-hans",
        "回复：{{brand}} × {{creator}} 合作邀约",
        """{{creator}} 您好：

之前给您发过“{{campaign}}”的合作邀约，想确认您是否方便。无论是否有意向，都欢迎回复我。

{{sender}}｜{{brand}}
""",
    ),
    Text(
        "Your link and code",
        "en",
        "Your link and code for {{campaign}}",
        """Hi {{creator}},

everything is confirmed.

Your link: {{link}}
Your code: {{coupon}}

Please use exactly these, so that every order finds its way to you.

Best regards
{{sender}}, {{brand}}
""",
    ),
    Text(
        "专属链接和优惠码",
        "zh-hans",
        "{{campaign}}：您的专属链接和优惠码",
        """{{creator}} 您好：

合作已确认。

您的专属链接：{{link}}
您的优惠码：{{coupon}}

请务必使用以上链接和优惠码，这样每一笔订单才能计入您的业绩。

{{sender}}｜{{brand}}
""",
    ),
)
