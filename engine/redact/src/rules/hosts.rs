//! Keys of those where programs run, where their secrets are kept, and where data is.

use super::Token;
use crate::value::{any, is_drawn, is_mixed};

/// The tables.
pub(super) const TOKENS: [&[Token]; 2] = [HOSTS, DATABASES];

/// Where programs run.
const HOSTS: &[Token] = &[
    (
        "DigitalOcean",
        "digitalocean-token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        r"do[opr]_v1_[0-9a-f]{64}",
        any,
    ),
    ("Fly.io", "fly-token", &["fo1_"], r"fo1_[A-Za-z0-9_-]{40,}", any),
    (
        "Fly.io",
        "fly-token",
        &["fm1a_", "fm1r_", "fm2_"],
        r"fm(?:1[ar]|2)_[A-Za-z0-9+/]{90,}={0,3}",
        any,
    ),
    ("Fly.io", "fly-tokens", &["FlyV1 "], r"FlyV1 ([A-Za-z0-9=_,/+-]{100,})", any),
    ("Deno", "deno-token", &["ddp_", "ddo_"], r"dd[op]_[A-Za-z0-9]{36}$", any),
    ("Exoscale", "exoscale-key", &["EXO"], r"EXO[A-Za-z0-9]{24,30}$", is_drawn),
    ("UpCloud", "upcloud-token", &["ucat_"], r"ucat_[A-Za-z0-9]{24,32}$", any),
    ("Heroku", "heroku-key", &["HRKU-"], r"HRKU-[A-Za-z0-9_-]{36,}", any),
    (
        "Netlify",
        "netlify-token",
        &["nfp_", "nfc_", "nfo_", "nfu_", "nfb_"],
        r"nf[pcoub]_[A-Za-z0-9_-]{36,}",
        // `\nfc_…` may also be a line feed and the id of a call.
        is_mixed,
    ),
    (
        "Vercel",
        "vercel-token",
        &["vcp_", "vci_", "vca_", "vcr_", "vck_"],
        r"vc[piark]_[A-Za-z0-9_-]{24,}",
        is_drawn,
    ),
    (
        "Vercel",
        "vercel-blob-token",
        &["vercel_blob_rw_"],
        r"vercel_blob_rw_[A-Za-z0-9]{16,}_[A-Za-z0-9]{30,}",
        any,
    ),
    ("Render", "render-key", &["rnd_"], r"rnd_[A-Za-z0-9]{28,}$", is_mixed),
    ("Scalingo", "scalingo-token", &["tk-us-"], r"tk-us-[A-Za-z0-9_-]{48}", any),
    ("Scaleway", "scaleway-access-key", &["SCW"], r"SCW[A-Z0-9]{17}$", is_drawn),
    ("Cloudflare", "cloudflare-origin-key", &["v1.0-"], r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", any),
    (
        "Cloudflare",
        "cloudflare-token",
        &["cfut_", "cfat_", "cfk_"],
        r"cf(?:ut|at|k)_[A-Za-z0-9_-]{40,}",
        any,
    ),
    (
        "Tailscale",
        "tailscale-key",
        &["tskey-"],
        r"tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{6,}(?:CNTRL)?-[A-Za-z0-9]{16,}",
        any,
    ),
    ("OpenShift", "openshift-token", &["sha256~"], r"sha256~[A-Za-z0-9_-]{43}", any),
    (
        "HashiCorp",
        "vault-token",
        &["hvs.", "hvb.", "hvr."],
        r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
        is_drawn,
    ),
    (
        "Doppler",
        "doppler-token",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit.", "dp.said."],
        r"dp\.(?:pt|ct|sa|scim|audit|said|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44}",
        any,
    ),
    ("1Password", "onepassword-token", &["ops_eyJ"], r"ops_eyJ[A-Za-z0-9+/_-]{100,}={0,3}", any),
    (
        "1Password",
        "onepassword-key",
        &["A3-"],
        r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}$",
        any,
    ),
    (
        "Infisical",
        "infisical-token",
        &["st."],
        r"(st\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[0-9a-f]{32}\.[0-9a-f]{32})",
        any,
    ),
    ("age", "age-key", &["AGE-SECRET-KEY-1"], r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", any),
    ("age", "age-key", &["AGE-PLUGIN-"], r"AGE-PLUGIN-[A-Z0-9]+-1[02-9AC-HJ-NP-Z]{20,}", any),
    (
        "Octopus Deploy",
        "octopus-deploy-key",
        &["API-"],
        r"(API-[A-Z0-9]{25,29})(?:[^A-Za-z0-9-]|$)",
        is_drawn,
    ),
];

/// Where data is.
const DATABASES: &[Token] = &[
    ("Databricks", "databricks-token", &["dapi"], r"dapi[0-9a-f]{32}(?:-[0-9])?", any),
    ("Supabase", "supabase-token", &["sbp_"], r"sbp_[a-z0-9_-]{40}", any),
    ("Supabase", "supabase-key", &["sb_secret_"], r"sb_secret_[A-Za-z0-9_-]{20,}", is_drawn),
    (
        "PlanetScale",
        "planetscale-token",
        &["pscale_tkn_", "pscale_oauth_", "pscale_pw_"],
        r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_=.-]{32,}",
        any,
    ),
    ("Neon", "neon-key", &["napi_"], r"napi_[a-z0-9]{40,}", is_drawn),
    ("Xata", "xata-key", &["xau_"], r"xau_[A-Za-z0-9]{32,}", is_drawn),
    ("MongoDB", "mongodb-atlas-secret", &["mdb_sa_sk_"], r"mdb_sa_sk_[A-Za-z0-9_-]{40}", any),
    ("Aiven", "aiven-token", &["aivenv1_"], r"aivenv1_[A-Za-z0-9+/=_-]{32,}", any),
    ("ClickHouse", "clickhouse-key", &["4b1d"], r"4b1d[A-Za-z0-9]{38}$", is_mixed),
    ("CockroachDB", "cockroach-key", &["CCDB1_"], r"CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}", any),
    ("Elastic", "elastic-key", &["essu_"], r"essu_[A-Za-z0-9_-]{60,}={0,2}", any),
    ("Prefect", "prefect-key", &["pnu_", "pnb_"], r"pn[ub]_[A-Za-z0-9]{36}$", any),
    ("dbt", "dbt-token", &["dbtc_", "dbtu_"], r"dbt[cu]_[A-Za-z0-9_-]{20,}", is_drawn),
    (
        "Tinybird",
        "tinybird-token",
        &["p.eyJ"],
        r"p\.eyJ[A-Za-z0-9_-]{30,}\.[A-Za-z0-9_-]{20,}",
        any,
    ),
];
