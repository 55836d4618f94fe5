//! Tokens of what programs talk to: payments, watching, work.

use super::Token;
use crate::value::{any, is_drawn, is_mixed};

/// The tables.
pub(super) const TOKENS: [&[Token]; 3] = [PAYMENTS, WATCHING, WORK];

/// Who moves money and goods.
const PAYMENTS: &[Token] = &[
    (
        "Stripe",
        "stripe-key",
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"],
        r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,}",
        is_drawn,
    ),
    ("Stripe", "webhook-secret", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{24,}", is_drawn),
    ("Square", "square-token", &["sq0atp-", "sq0csp-"], r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}", any),
    (
        "Square",
        "square-token",
        &["EAAA"],
        r"(EAAA[A-Za-z0-9_-]{22,60})(?:[^A-Za-z0-9_-]|$)",
        is_mixed,
    ),
    (
        "PayPal",
        "braintree-token",
        &["access_token$"],
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        any,
    ),
    (
        "Shopify",
        "shopify-token",
        &["shpat_", "shpca_", "shppa_", "shpss_", "shpua_"],
        r"shp(?:at|ca|pa|ss|ua)_[0-9A-Fa-f]{32}",
        any,
    ),
    ("Shopify", "shopify-partner-token", &["prtapi_"], r"prtapi_[0-9A-Fa-f]{32}", any),
    (
        "Plaid",
        "plaid-token",
        &["access-sandbox-", "access-development-", "access-production-"],
        r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        any,
    ),
    (
        "Flutterwave",
        "flutterwave-key",
        &["FLWSECK", "FLWPUBK"],
        r"FLW(?:SEC|PUB)K(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?",
        is_drawn,
    ),
    (
        "Razorpay",
        "razorpay-key",
        &["rzp_live_", "rzp_test_"],
        r"rzp_(?:live|test)_[A-Za-z0-9]{14,}",
        any,
    ),
    ("EasyPost", "easypost-key", &["EZAK", "EZTK"], r"EZ[AT]K[A-Za-z0-9]{54}$", any),
    ("Shippo", "shippo-token", &["shippo_"], r"shippo_(?:live|test)_[0-9A-Fa-f]{40}", any),
    ("Duffel", "duffel-token", &["duffel_"], r"duffel_(?:test|live)_[A-Za-z0-9_=-]{43}", any),
    (
        "Lob",
        "lob-key",
        &["live_", "test_"],
        r"(?:live|test)_(?:[0-9a-f]{35}|pub_[0-9a-f]{31})$",
        any,
    ),
    (
        "Adyen",
        "adyen-key",
        &["AQE"],
        r"(AQE[A-Za-z0-9]{2}[A-Za-z0-9+/=]{90,}-[A-Za-z0-9+/=]{20,})",
        any,
    ),
    (
        "Coinbase",
        "coinbase-key",
        &["organizations/"],
        r"organizations/[0-9a-f-]{36}/apiKeys/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        any,
    ),
    ("Polar", "polar-token", &["polar_oat_", "polar_pat_"], r"polar_[op]at_[A-Za-z0-9]{32,}", any),
    ("Privy", "privy-secret", &["privy_app_secret_"], r"privy_app_secret_[A-Za-z0-9]{40,}", any),
];

/// What watches and measures.
const WATCHING: &[Token] = &[
    ("Grafana", "grafana-key", &["eyJrIjoi"], r"eyJrIjoi[A-Za-z0-9+/]{50,}={0,3}", any),
    ("Grafana", "grafana-cloud-token", &["glc_"], r"glc_[A-Za-z0-9+/]{32,}={0,3}", any),
    ("Grafana", "grafana-service-token", &["glsa_"], r"glsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}", any),
    (
        "Sentry",
        "sentry-token",
        &["sntrys_", "sntryu_", "sntrya_", "sntryi_"],
        r"sntry[suai]_[A-Za-z0-9+/=_]{40,}",
        any,
    ),
    (
        "New Relic",
        "newrelic-key",
        &["NRAK-", "NRII-", "NRJS-", "NRRA-", "NRSP-"],
        r"NR(?:AK|II|JS|RA|SP)-[A-Za-z0-9-]{19,}",
        any,
    ),
    (
        "Dynatrace",
        "dynatrace-token",
        &["dt0c01.", "dt0s01.", "dt0s16."],
        r"dt0[cs](?:01|16)\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}",
        any,
    ),
    ("Datadog", "datadog-key", &["ddpat_", "ddapp_"], r"dd(?:pat|app)_[A-Za-z0-9]{32,}", any),
    (
        "ConfigCat",
        "configcat-key",
        &["configcat-sdk-1/"],
        r"configcat-sdk-1/([A-Za-z0-9_-]{22}/[A-Za-z0-9_-]{22})",
        any,
    ),
    ("Klaviyo", "klaviyo-key", &["pk_"], r"pk_[0-9a-f]{34}$", is_drawn),
    (
        "Honeycomb",
        "honeycomb-key",
        &["hcaik_", "hcxik_", "hcxmk_", "hcamk_"],
        r"hc[ax][im]k_[A-Za-z0-9]{40,}",
        any,
    ),
    ("PostHog", "posthog-key", &["phx_", "phs_", "phc_"], r"(ph[xsc]_[A-Za-z0-9_-]{40,})", any),
    (
        "LaunchDarkly",
        "launchdarkly-key",
        &["sdk-", "api-", "mob-"],
        r"((?:sdk|api|mob)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})",
        any,
    ),
    (
        "Axiom",
        "axiom-token",
        &["xaat-", "xapt-"],
        r"xa(?:at|pt)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        any,
    ),
    ("Logfire", "logfire-token", &["pylf_v1_"], r"pylf_v1_[a-z]{2}_[A-Za-z0-9]{40,}", any),
    ("Statsig", "statsig-secret", &["secret-"], r"secret-[A-Za-z0-9]{40,}$", is_mixed),
];

/// What people work with.
const WORK: &[Token] = &[
    (
        "Linear",
        "linear-key",
        &["lin_api_", "lin_oauth_"],
        r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
        any,
    ),
    ("Notion", "notion-token", &["ntn_"], r"ntn_[A-Za-z0-9]{40,}", any),
    ("Notion", "notion-token", &["secret_"], r"secret_[A-Za-z0-9]{43}$", is_mixed),
    ("Airtable", "airtable-token", &["pat"], r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}$", any),
    ("Figma", "figma-token", &["figd_", "figo_", "figu_"], r"fig[dou]_[A-Za-z0-9_-]{36,}", any),
    ("ClickUp", "clickup-token", &["pk_"], r"pk_[0-9]{6,}_[A-Za-z0-9]{32}$", any),
    ("Contentful", "contentful-token", &["CFPAT-"], r"CFPAT-[A-Za-z0-9_-]{43}", any),
    (
        "HubSpot",
        "hubspot-token",
        &["pat-na", "pat-eu", "pat-ap"],
        r"pat-(?:na|eu|ap)[0-9]-[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        any,
    ),
    (
        "Salesforce",
        "salesforce-token",
        &["00D"],
        r"(00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{80,})",
        any,
    ),
    ("Dropbox", "dropbox-token", &["sl."], r"(sl\.(?:u\.)?[A-Za-z0-9_=-]{130,})", any),
    (
        "Mapbox",
        "mapbox-token",
        &["sk.eyJ", "tk.eyJ"],
        r"[st]k\.eyJ[A-Za-z0-9_-]{50,}\.[A-Za-z0-9_-]{20,}",
        any,
    ),
    ("Typeform", "typeform-token", &["tfp_"], r"tfp_[A-Za-z0-9_.=-]{40,}", any),
    ("Frame.io", "frameio-token", &["fio-u-"], r"fio-u-[A-Za-z0-9_=-]{64}", any),
    (
        "Defined Networking",
        "defined-networking-key",
        &["dnkey-"],
        r"dnkey-[A-Za-z0-9_=-]{26}-[A-Za-z0-9_=-]{52}",
        any,
    ),
    ("Adobe", "adobe-secret", &["p8e-"], r"(p8e-[A-Za-z0-9_-]{32})(?:[^A-Za-z0-9_-]|$)", any),
    ("Canva", "canva-secret", &["cnvca"], r"(cnvca[A-Za-z0-9_-]{50,})", is_mixed),
    ("Ubidots", "ubidots-token", &["BBFF-", "BBUS-"], r"BB(?:FF|US)-[A-Za-z0-9]{30,}", any),
    ("Mergify", "mergify-key", &["mka_"], r"(mka_[A-Za-z0-9_-]{40,})", is_drawn),
];
