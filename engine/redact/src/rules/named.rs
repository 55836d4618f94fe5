//! Secrets that nothing marks but the name of who gave them out, in front: `ADAFRUIT_KEY=…`, `"okta": "00…"`.
//!
//! Words in any case; shapes in any case, of the whole value. Public identifiers of clients are left alone.

use super::Rule;

/// A UUID (RFC 9562) in hex digits.
const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// Who gave it out, what it is called there, and how its keys look.
type Vendor = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Returns the rules.
pub(super) fn rules() -> Vec<Rule> {
    let tables = [CLOUDS, CODE, MONEY, MESSAGES, WORK, MEASURES];
    tables
        .into_iter()
        .flatten()
        .map(|(provider, words, shapes)| Rule::named(provider, words, shapes))
        .collect()
}

const CLOUDS: &[Vendor] = &[
    ("Alibaba", &["alibaba", "aliyun"], &[("alibaba-secret-key", "[a-z0-9]{30,64}")]),
    ("Cloudflare", &["cloudflare"], &[("cloudflare-key", "[a-z0-9_-]{40}|[a-f0-9]{37}")]),
    ("DigitalOcean", &["digitalocean", "digital_ocean"], &[("digitalocean-key", "[a-f0-9]{64}")]),
    ("Fastly", &["fastly"], &[("fastly-token", "[a-z0-9=_-]{32}")]),
    ("Heroku", &["heroku"], &[("heroku-uuid", UUID)]),
    ("Hetzner", &["hetzner", "hcloud"], &[("hetzner-token", "[a-z0-9]{64}")]),
    ("Linode", &["linode"], &[("linode-token", "[a-f0-9]{64}")]),
    ("Vultr", &["vultr"], &[("vultr-key", "[a-z0-9]{36}")]),
    ("Netlify", &["netlify"], &[("netlify-key", "[a-z0-9=_-]{40,46}")]),
    ("Vercel", &["vercel"], &[("vercel-key", "[a-z0-9]{24}")]),
    ("Railway", &["railway"], &[("railway-token", UUID)]),
    ("Scaleway", &["scaleway"], &[("scaleway-secret", UUID)]),
    ("Yandex", &["yandex"], &[("yandex-secret", r"AQVN[a-z0-9_-]{35,38}|YC[a-z0-9_-]{38}")]),
    ("IBM", &["ibm"], &[("ibm-cloud-key", "[a-z0-9_-]{42,44}")]),
    ("Oracle", &["oci_", "oracle"], &[("oracle-key", "[a-f0-9]{2}(?::[a-f0-9]{2}){15}")]),
    ("Confluent", &["confluent"], &[("confluent-key", "[a-z0-9]{16}|[a-z0-9]{64}|[a-z0-9+/]{64}")]),
    ("Civo", &["civo"], &[("civo-key", "[a-z0-9]{50}")]),
    ("Cloudinary", &["cloudinary"], &[("cloudinary-secret", "[a-z0-9_-]{27}|[a-z0-9]{32}")]),
    ("Couchbase", &["couchbase", "capella"], &[("couchbase-secret", "[a-z0-9+/]{60,120}={0,2}")]),
    ("Exoscale", &["exoscale"], &[("exoscale-secret", "[a-z0-9_-]{40,60}")]),
    ("InfluxData", &["influx"], &[("influxdb-token", "[a-z0-9+/=_-]{86,88}={0,2}")]),
    ("Infomaniak", &["infomaniak"], &[("infomaniak-token", "[a-z0-9_-]{60,100}")]),
    ("JumpCloud", &["jumpcloud"], &[("jumpcloud-key", "[a-z0-9]{40}")]),
    (
        "OVH",
        &[
            "application_key",
            "application_secret",
            "consumer_key",
            "applicationkey",
            "applicationsecret",
            "consumerkey",
        ],
        &[("ovh-key", "[a-z0-9]{16}|[a-z0-9]{32}")],
    ),
    ("Algolia", &["algolia"], &[("algolia-key", "[a-z0-9]{32}")]),
    ("Meilisearch", &["meili"], &[("meilisearch-key", "[a-z0-9_-]{43}|[a-f0-9]{64}")]),
    ("Cisco", &["meraki"], &[("meraki-key", "[0-9a-f]{40}")]),
    ("Okta", &["okta"], &[("okta-token", r"00[a-z0-9_=-]{40}")]),
    ("Auth0", &["auth0"], &[("auth0-secret", "[a-z0-9_-]{64}")]),
    ("Shodan", &["shodan"], &[("shodan-key", "[a-z0-9]{32}")]),
    ("VirusTotal", &["virustotal", "virus_total"], &[("virustotal-key", "[a-f0-9]{64}")]),
    ("ngrok", &["ngrok"], &[("ngrok-token", "[a-z0-9]{27}_[a-z0-9]{20,21}|[0-9][a-z0-9_]{40,48}")]),
    ("Azure", &["azure", "cognitive"], &[("azure-key", "[a-f0-9]{32}|[a-z0-9]{84}")]),
];

const CODE: &[Vendor] = &[
    (
        "Atlassian",
        &["atlassian", "confluence", "jira"],
        &[("atlassian-key", "[a-z0-9]{20}[a-f0-9]{4}")],
    ),
    ("Bitbucket", &["bitbucket"], &[("bitbucket-secret", "[a-z0-9]{32}|[a-z0-9=_-]{64}")]),
    (
        "Codecov",
        &["codecov"],
        &[(
            "codecov-token",
            "[a-z0-9]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        )],
    ),
    ("Gitea", &["gitea", "forgejo"], &[("gitea-key", "[a-f0-9]{40}")]),
    ("Sidekiq", &["contribsys__com"], &[("sidekiq-key", "[a-f0-9]{8}:[a-f0-9]{8}")]),
    ("Codacy", &["codacy"], &[("codacy-token", "[a-z0-9]{20}|[a-f0-9]{32}")]),
    ("Coveralls", &["coveralls"], &[("coveralls-token", "[a-z0-9-]{37}|[a-z0-9]{32,36}")]),
    ("CircleCI", &["circleci", "circle_"], &[("circleci-key", "[a-f0-9]{40}")]),
    ("Drone", &["droneci", "drone_"], &[("drone-token", "[a-z0-9]{32}")]),
    ("Travis CI", &["travis"], &[("travis-token", "[a-z0-9]{22}")]),
    ("Gitter", &["gitter"], &[("gitter-token", "[a-z0-9_-]{40}")]),
    ("GitHub", &["github"], &[("github-key", "[a-f0-9]{40}")]),
    (
        "JFrog",
        &["jfrog", "artifactory", "bintray", "xray"],
        &[("jfrog-key", "[a-z0-9]{73}|[a-z0-9]{64}")],
    ),
    ("Snyk", &["snyk"], &[("snyk-key", UUID)]),
    ("SonarQube", &["sonar"], &[("sonar-key", r"(?:sq[upa]_)?[a-z0-9=_-]{40}")]),
    ("Sourcegraph", &["sourcegraph"], &[("sourcegraph-key", "[a-f0-9]{40}")]),
    (
        "Terraform",
        &["terraform", "tfe_"],
        &[("terraform-token", r"[a-z0-9]{14}\.atlasv1\.[a-z0-9_=-]{60,70}")],
    ),
    (
        "LaunchDarkly",
        &["launchdarkly", "launch_darkly"],
        &[("launchdarkly-token", "[a-z0-9=_-]{40}")],
    ),
    (
        "PrivateAI",
        &["privateai", "private_ai", "private-ai"],
        &[("private-ai-key", "[a-z0-9]{32}")],
    ),
    ("Cohere", &["cohere", "co_api_key"], &[("cohere-key", "[a-z0-9]{40}")]),
    ("Mistral", &["mistral"], &[("mistral-key", "[a-z0-9]{32}")]),
    ("AI21", &["ai21"], &[("ai21-key", "[a-z0-9]{32}")]),
    ("Together", &["together"], &[("together-hex-key", "[a-f0-9]{64}")]),
    ("Deepgram", &["deepgram"], &[("deepgram-key", "[a-f0-9]{40}")]),
    ("AssemblyAI", &["assemblyai", "assembly_ai"], &[("assemblyai-key", "[a-z0-9]{32}")]),
    ("Greptile", &["greptile"], &[("greptile-key", "[a-z0-9+/]{48}")]),
    ("Kagi", &["kagi"], &[("kagi-key", r"[a-z0-9_-]{11}\.[a-z0-9_-]{43}")]),
    ("LightOn", &["lighton", "paradigm"], &[("lighton-key", "[a-z0-9_-]{40,80}")]),
    ("Ollama", &["ollama"], &[("ollama-key", r"[a-f0-9]{32}\.[a-z0-9_-]{24}")]),
    ("Upstage", &["upstage"], &[("upstage-key", "[a-z0-9]{40,50}")]),
    (
        "Z.ai",
        &["zai", "z_ai", "z.ai", "zhipu", "bigmodel", "glm"],
        &[("zai-key", r"[a-f0-9]{32}\.[a-z0-9]{16}")],
    ),
    ("Stability AI", &["stability"], &[("stability-key", "sk-[a-z0-9]{48}")]),
    ("Weights & Biases", &["wandb", "weightsandbiases"], &[("wandb-key", "[a-f0-9]{40}")]),
    ("Exa", &["exa_"], &[("exa-key", UUID)]),
    ("Brave", &["brave"], &[("brave-key", "BSA[a-z0-9_-]{24,28}")]),
    ("Serper", &["serper", "serpapi", "serp_api"], &[("search-key", "[a-f0-9]{40}|[a-f0-9]{64}")]),
];

const MONEY: &[Vendor] = &[
    ("Bittrex", &["bittrex"], &[("bittrex-key", "[a-z0-9]{32}")]),
    ("Binance", &["binance"], &[("binance-key", "[a-z0-9]{64}")]),
    ("Coinbase", &["coinbase"], &[("coinbase-token", "[a-z0-9_-]{64}")]),
    ("Kraken", &["kraken"], &[("kraken-key", "[a-z0-9/=_+-]{80,90}")]),
    (
        "KuCoin",
        &["kucoin"],
        &[(
            "kucoin-key",
            "[a-f0-9]{24}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        )],
    ),
    ("Etherscan", &["etherscan", "bscscan", "polygonscan"], &[("etherscan-key", "[a-z0-9]{34}")]),
    ("Infura", &["infura"], &[("infura-key", "[a-f0-9]{32}")]),
    ("Alchemy", &["alchemy"], &[("alchemy-key", "[a-z0-9_-]{32}")]),
    ("Finicity", &["finicity"], &[("finicity-key", "[a-f0-9]{32}|[a-z0-9]{20}")]),
    ("Finnhub", &["finnhub"], &[("finnhub-token", "[a-z0-9]{20}")]),
    ("FreshBooks", &["freshbooks"], &[("freshbooks-token", "[a-z0-9]{64}")]),
    ("GoCardless", &["gocardless"], &[("gocardless-token", "(?:live|sandbox)_[a-z0-9_=-]{40}")]),
    ("Plaid", &["plaid"], &[("plaid-secret", "[a-z0-9]{30}|[a-z0-9]{24}")]),
    ("PayPal", &["paypal", "braintree"], &[("paypal-secret", "[a-z0-9_-]{80}|[a-f0-9]{32}")]),
    ("Etsy", &["etsy"], &[("etsy-token", "[a-z0-9]{24}(?::[a-z0-9]{10,64})?")]),
    ("Squarespace", &["squarespace"], &[("squarespace-token", UUID)]),
    ("RapidAPI", &["rapidapi", "rapid_api"], &[("rapidapi-key", "[a-z0-9_-]{50}")]),
    ("Alpha Vantage", &["alphavantage", "alpha_vantage"], &[("alphavantage-key", "[a-z0-9]{16}")]),
];

const MESSAGES: &[Vendor] = &[
    ("Beamer", &["beamer"], &[("beamer-token", "b_[a-z0-9=_-]{44}")]),
    (
        "Discord",
        &["discord"],
        &[
            ("discord-token", r"[a-f0-9]{64}|[a-z0-9_-]{24,28}\.[a-z0-9_-]{6}\.[a-z0-9_-]{27,}"),
            ("discord-client-secret", "[a-z0-9=_-]{32}"),
        ],
    ),
    (
        "Facebook",
        &["facebook"],
        &[("facebook-secret", "[a-f0-9]{32}|[0-9]{15,16}[|%][a-z0-9_-]{27,40}")],
    ),
    ("Flickr", &["flickr"], &[("flickr-key", "[a-z0-9]{32}")]),
    ("Intercom", &["intercom"], &[("intercom-token", "[a-z0-9=_-]{60}")]),
    (
        "LinkedIn",
        &["linkedin", "linked-in", "linked_in"],
        &[("linkedin-secret", "[a-z0-9]{14}|[a-z0-9]{16}")],
    ),
    ("Mailchimp", &["mailchimp"], &[("mailchimp-key", "[a-f0-9]{32}-us[0-9]{1,2}")]),
    (
        "Mailgun",
        &["mailgun"],
        &[("mailgun-signing-key", "[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8}|[a-f0-9]{32}")],
    ),
    ("Mattermost", &["mattermost"], &[("mattermost-token", "[a-z0-9]{26}")]),
    (
        "MessageBird",
        &["messagebird", "message-bird", "message_bird"],
        &[(
            "messagebird-key",
            "[a-z0-9]{25}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        )],
    ),
    ("Postmark", &["postmark"], &[("postmark-token", UUID)]),
    ("Pushover", &["pushover"], &[("pushover-token", "[a-z0-9]{30}")]),
    (
        "Sendbird",
        &["sendbird"],
        &[(
            "sendbird-key",
            "[a-f0-9]{40}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        )],
    ),
    ("SparkPost", &["sparkpost"], &[("sparkpost-key", "[a-f0-9]{40}")]),
    ("Telegram", &["telegr"], &[("telegram-key", "[0-9]{5,16}:A[a-z0-9_-]{34}")]),
    ("Twilio", &["twilio"], &[("twilio-token", "[a-f0-9]{32}")]),
    ("Twitch", &["twitch"], &[("twitch-token", "[a-z0-9]{30}")]),
    (
        "Twitter",
        &["twitter"],
        &[
            ("twitter-key", "[a-z0-9]{25}|[a-z0-9]{45}|[a-z0-9]{50}"),
            ("twitter-token", "[0-9]{15,25}-[a-z0-9]{20,40}"),
            ("twitter-bearer-token", "A{22}[a-z0-9%]{80,100}"),
        ],
    ),
    ("Vonage", &["nexmo", "vonage"], &[("vonage-secret", "[a-z0-9]{16}")]),
    ("Zendesk", &["zendesk"], &[("zendesk-key", "[a-z0-9]{40}")]),
    ("Spotify", &["spotify"], &[("spotify-secret", "[a-f0-9]{32}")]),
    ("Reddit", &["reddit"], &[("reddit-secret", "[a-z0-9_-]{27}|[a-z0-9_-]{30}")]),
];

const WORK: &[Vendor] = &[
    ("Adafruit", &["adafruit"], &[("adafruit-key", "[a-z0-9_-]{32}")]),
    ("Adobe", &["adobe"], &[("adobe-client", "[a-f0-9]{32}")]),
    (
        "Airtable",
        &["airtable"],
        &[("airtable-key", r"[a-z0-9]{17}|[a-z0-9]+\.v1\.[a-z0-9_-]+\.[a-f0-9]+")],
    ),
    (
        "Asana",
        &["asana"],
        &[("asana-secret", r"[0-9]{16}|[a-z0-9]{32}|[01]/[0-9]{15,}:[a-z0-9]{32}")],
    ),
    ("Box", &["box_", "box-", "boxapi"], &[("box-secret", "[a-z0-9]{32}")]),
    ("Bitly", &["bitly"], &[("bitly-token", "[a-f0-9]{40}")]),
    ("ConfigCat", &["configcat"], &[("configcat-sdk-key", "[a-z0-9_-]{22}/[a-z0-9_-]{22}")]),
    ("data.gov", &["data.gov", "datagov", "data_gov"], &[("datagov-key", "[a-z0-9]{40}")]),
    ("Disqus", &["disqus"], &[("disqus-key", "[a-z0-9]{64}")]),
    ("Gumroad", &["gumroad"], &[("gumroad-token", "[a-f0-9]{64}|[a-z0-9-]{43}")]),
    ("Klaviyo", &["klaviyo"], &[("klaviyo-private-key", "pk_[a-z0-9]{34}")]),
    ("Calendly", &["calendly"], &[("calendly-key", "[a-z0-9]{32,}")]),
    ("Clearbit", &["clearbit"], &[("clearbit-key", "sk_[a-f0-9]{32}")]),
    ("Contentful", &["contentful"], &[("contentful-key", "[a-z0-9=_-]{43}")]),
    (
        "Dropbox",
        &["dropbox"],
        &[
            ("dropbox-secret", "[a-z0-9]{15}"),
            ("dropbox-long-token", "[a-z0-9]{11}AAAAAAAAAA[a-z0-9_=-]{43}"),
        ],
    ),
    ("HubSpot", &["hubspot"], &[("hubspot-key", UUID)]),
    ("Linear", &["linear"], &[("linear-secret", "[a-f0-9]{32}")]),
    ("Lob", &["lob_"], &[("lob-token", "(?:live|test)_[a-f0-9]{35}")]),
    ("Looker", &["looker"], &[("looker-secret", "[a-z0-9]{20}|[a-z0-9]{24}")]),
    ("Mapbox", &["mapbox"], &[("mapbox-key", r"[ps]k\.[a-z0-9]{60}\.[a-z0-9]{22}")]),
    (
        "The New York Times",
        &["nytimes", "newyorktimes", "new-york-times"],
        &[("nytimes-key", "[a-z0-9=_-]{32}")],
    ),
    ("OpenWeather", &["openweather", "weathermap"], &[("openweather-key", "[a-f0-9]{32}")]),
    ("Todoist", &["todoist"], &[("todoist-token", "[a-f0-9]{40}")]),
    ("Trello", &["trello"], &[("trello-key", "[a-f0-9]{32}|[a-f0-9]{64}")]),
    ("Unsplash", &["unsplash"], &[("unsplash-key", "[a-z0-9_-]{43}")]),
    ("Zoho", &["zoho"], &[("zoho-token", r"1000\.[a-f0-9]{32}\.[a-f0-9]{32}")]),
    ("Zoom", &["zoom_"], &[("zoom-secret", "[a-z0-9]{22}|[a-z0-9]{32}")]),
];

const MEASURES: &[Vendor] = &[
    ("Amplitude", &["amplitude"], &[("amplitude-key", "[a-f0-9]{32}")]),
    (
        "Datadog",
        &["datadog", "dd_api", "dd_app"],
        &[("datadog-token", "[a-z0-9]{32}|[a-z0-9]{40}")],
    ),
    ("Mixpanel", &["mixpanel"], &[("mixpanel-secret", "[a-f0-9]{32}")]),
    (
        "New Relic",
        &["newrelic", "new_relic", "new-relic"],
        &[("newrelic-token", "[a-z0-9]{64}|[a-f0-9]{40}|[a-f0-9]{36}NRAL")],
    ),
    ("Opsgenie", &["opsgenie"], &[("opsgenie-key", UUID)]),
    (
        "PagerDuty",
        &["pagerduty", "pager_duty"],
        &[("pagerduty-key", r"[a-z0-9_+-]{20}|[a-f0-9]{32}")],
    ),
    ("Rollbar", &["rollbar"], &[("rollbar-token", "[a-f0-9]{32}")]),
    ("Segment", &["segment_"], &[("segment-key", "[a-z0-9]{32}")]),
    ("Sentry", &["sentry"], &[("sentry-key", "[a-f0-9]{64}")]),
    ("Sumo Logic", &["sumo"], &[("sumologic-key", "su[a-z0-9]{12}|[a-z0-9]{64}")]),
    ("Bugsnag", &["bugsnag"], &[("bugsnag-key", "[a-f0-9]{32}")]),
    ("Splunk", &["splunk"], &[("splunk-token", UUID)]),
    ("Honeycomb", &["honeycomb"], &[("honeycomb-token", "[a-f0-9]{32}|[a-z0-9]{22}")]),
];
