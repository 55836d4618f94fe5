//! Tokens of who carries messages, and addresses that take messages from whoever knows them.

use super::Token;
use crate::entropy::bits_per_byte;
use crate::value::{any, is_drawn, is_mixed};

/// The tables.
pub(super) const TOKENS: [&[Token]; 2] = [MESSAGES, WEBHOOKS];

const TWILIO: &[&str] = &[
    "SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc",
    "SKd", "SKe", "SKf", "SKA", "SKB", "SKC", "SKD", "SKE", "SKF",
];

/// Who carries messages.
const MESSAGES: &[Token] = &[
    (
        "Slack",
        "slack-token",
        &["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xoxc-", "xoxd-"],
        r"xox[abcdeoprs]-[A-Za-z0-9][A-Za-z0-9%/+=_-]{9,}",
        is_drawn,
    ),
    ("Slack", "slack-token", &["xoxe."], r"xoxe\.xox[bp]-[0-9]-[A-Za-z0-9-]{60,}", any),
    ("Slack", "slack-app-token", &["xapp-"], r"xapp-[0-9]-[A-Za-z0-9-]{20,}", any),
    ("Twilio", "twilio-key", TWILIO, r"SK[0-9A-Fa-f]{32}$", any),
    (
        "SendGrid",
        "sendgrid-key",
        &["SG."],
        r"SG\.(?:[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|[A-Za-z0-9_=.-]{50,})",
        is_drawn,
    ),
    (
        "Brevo",
        "brevo-key",
        &["xkeysib-", "xsmtpsib-"],
        r"x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}",
        any,
    ),
    ("Mailgun", "mailgun-key", &["key-"], r"key-[0-9a-f]{32}$", is_drawn),
    ("Mailgun", "mailgun-public-key", &["pubkey-"], r"pubkey-[0-9a-f]{32}$", is_drawn),
    ("Resend", "resend-key", &["re_"], r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}$", is_mixed),
    ("Facebook", "facebook-token", &["EAA"], r"EAA[A-Za-z0-9]{80,}", is_dense),
    ("Facebook", "instagram-token", &["IGQ"], r"(IGQ[A-Za-z0-9_-]{100,})", is_mixed),
    (
        "Discord",
        "discord-bot-token",
        &["Bot "],
        r"Bot ([A-Za-z0-9_-]{24,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,})",
        any,
    ),
    ("OneSignal", "onesignal-key", &["os_v2_"], r"os_v2_(?:app|org)_[a-z2-7]{80,}", any),
    ("PubNub", "pubnub-secret", &["sec-c-"], r"sec-c-[A-Za-z0-9]{40,}={0,2}", is_mixed),
    ("Svix", "svix-key", &["testsk_"], r"testsk_[A-Za-z0-9+/=_-]{32}\.[a-z]{2}", is_drawn),
    ("Telnyx", "telnyx-key", &["KEY0"], r"KEY0[0-9A-F]{31}_[A-Za-z0-9]{22}$", any),
    ("VK", "vk-token", &["vk1.a."], r"vk1\.a\.[A-Za-z0-9_-]{80,}", any),
    ("Meta", "oculus-token", &["OC|"], r"OC\|[0-9]{10,20}\|[0-9a-f]{32}$", any),
];

/// Addresses that take messages from whoever knows them.
const WEBHOOKS: &[Token] = &[
    (
        "Slack",
        "slack-webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com\\*/(?:services|workflows|triggers)\\*/([A-Za-z0-9+]+(?:\\*/[A-Za-z0-9+]+)*)",
        is_long,
    ),
    (
        "Discord",
        "discord-webhook",
        &["discord.com", "discordapp.com", "api/webhooks"],
        r"(?:discord(?:app)?\.com\\*/)?api(?:\\*/v[0-9]+)?\\*/webhooks\\*/[0-9]{15,}\\*/([A-Za-z0-9_-]{50,})",
        any,
    ),
    (
        "Microsoft",
        "teams-webhook",
        &["webhook.office.com"],
        r"webhook\.office\.com\\*/webhookb2\\*/([A-Za-z0-9@-]{36,}\\*/IncomingWebhook\\*/[A-Za-z0-9]{32}\\*/[A-Za-z0-9-]{36}(?:\\*/[A-Za-z0-9_-]+)?)",
        any,
    ),
    (
        "Zapier",
        "zapier-webhook",
        &["hooks.zapier.com"],
        r"hooks\.zapier\.com\\*/hooks\\*/catch\\*/([0-9]+\\*/[A-Za-z0-9]{6,})",
        is_drawn,
    ),
    (
        "Feishu",
        "feishu-webhook",
        &["open.feishu.cn", "open.larksuite.com"],
        r"open\.(?:feishu\.cn|larksuite\.com)\\*/open-apis\\*/bot\\*/v2\\*/hook\\*/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        any,
    ),
    (
        "Tencent",
        "wecom-webhook",
        &["qyapi.weixin.qq.com"],
        r"qyapi\.weixin\.qq\.com\\*/cgi-bin\\*/webhook\\*/send\?key=([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        any,
    ),
    (
        "Alibaba",
        "dingtalk-webhook",
        &["oapi.dingtalk.com"],
        r"oapi\.dingtalk\.com\\*/robot\\*/send\?access_token=([0-9a-f]{64})",
        any,
    ),
    (
        "IFTTT",
        "ifttt-webhook",
        &["maker.ifttt.com"],
        r"maker\.ifttt\.com\\*/trigger\\*/[A-Za-z0-9_{}-]+\\*/(?:json\\*/)?with\\*/key\\*/([A-Za-z0-9_-]{20,})",
        is_drawn,
    ),
    (
        "Make",
        "make-webhook",
        &[
            "hook.eu1.make.com",
            "hook.eu2.make.com",
            "hook.us1.make.com",
            "hook.us2.make.com",
            "hook.integromat.com",
        ],
        r"hook\.(?:[a-z0-9]+\.make|integromat)\.com\\*/([a-z0-9]{30,})",
        is_drawn,
    ),
];

/// Returns whether there is more than a name in it: a path with a secret at its end.
fn is_long(value: &[u8]) -> bool {
    value.len() >= 20 && is_drawn(value)
}

/// Returns whether there is as much in it as in random letters, and not only in a file in base64.
fn is_dense(value: &[u8]) -> bool {
    bits_per_byte(value) >= 4.8
}
