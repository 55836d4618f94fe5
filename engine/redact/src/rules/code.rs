//! Tokens of those who keep code and packages, and of those who build and check them.

use super::Token;
use crate::value::{any, is_drawn, is_mixed};

/// The tables.
pub(super) const TOKENS: [&[Token]; 3] = [FORGES, REGISTRIES, BUILDERS];

/// Where code is.
const FORGES: &[Token] = &[
    (
        "GitHub",
        "github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        // The longer form of an installation's token is a signed one.
        r"gh[opusr]_(?:[A-Za-z0-9]{36,}|[0-9]+_eyJ[A-Za-z0-9._-]{60,})",
        any,
    ),
    ("GitHub", "github-pat", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{36,}", is_drawn),
    ("GitLab", "gitlab-token", &["glpat-"], r"glpat-[A-Za-z0-9_.-]{20,}", any),
    ("GitLab", "gitlab-trigger-token", &["glptt-"], r"glptt-[0-9a-f]{40}", any),
    ("GitLab", "gitlab-job-token", &["glcbt-"], r"glcbt-[A-Za-z0-9]{1,5}_[A-Za-z0-9_-]{20,}", any),
    ("GitLab", "gitlab-deploy-token", &["gldt-"], r"gldt-[A-Za-z0-9_-]{20,}", any),
    ("GitLab", "gitlab-feature-flag-token", &["glffct-"], r"glffct-[A-Za-z0-9_-]{20,}", any),
    ("GitLab", "gitlab-feed-token", &["glft-"], r"glft-[A-Za-z0-9_-]{20,}", any),
    ("GitLab", "gitlab-mail-token", &["glimt-"], r"glimt-[A-Za-z0-9_-]{25,}", any),
    ("GitLab", "gitlab-agent-token", &["glagent-"], r"glagent-[A-Za-z0-9_-]{50,}", any),
    ("GitLab", "gitlab-oauth-secret", &["gloas-"], r"gloas-[A-Za-z0-9_-]{64,}", any),
    ("GitLab", "gitlab-runner-token", &["glrt-", "glrtr-"], r"glrtr?-[A-Za-z0-9_.-]{20,}", any),
    ("GitLab", "gitlab-runner-registration", &["GR1348941"], r"GR1348941[A-Za-z0-9_-]{20,}", any),
    ("GitLab", "gitlab-scim-token", &["glsoat-"], r"glsoat-[A-Za-z0-9_-]{20,}", any),
    ("GitLab", "gitlab-session", &["_gitlab_session="], r"_gitlab_session=([0-9a-z]{32})", any),
    ("Bitbucket", "bitbucket-token", &["ATBB"], r"ATBB[A-Za-z0-9]{24,}$", is_mixed),
    (
        "Atlassian",
        "atlassian-token",
        &["ATATT3", "ATCTT3", "ATOA"],
        r"AT(?:ATT3|CTT3|OA)[A-Za-z0-9_=-]{60,}",
        any,
    ),
    (
        "Sourcegraph",
        "sourcegraph-token",
        &["sgp_", "sgd_"],
        r"sg[pd]_(?:[0-9A-Fa-f]{16}_|local_)?[0-9A-Fa-f]{40,64}$",
        any,
    ),
    ("Codeberg", "gitea-token", &["gta_"], r"gta_[A-Za-z0-9]{36,}$", is_drawn),
];

/// Where packages are.
const REGISTRIES: &[Token] = &[
    ("npm", "npm-token", &["npm_"], r"npm_[A-Za-z0-9]{36,}", any),
    ("npm", "npm-legacy-token", &["_authToken="], r"_authToken=([0-9a-f-]{36})", any),
    ("PyPI", "pypi-token", &["pypi-AgE"], r"pypi-AgE[A-Za-z0-9_-]{40,}", any),
    ("crates.io", "crates-io-token", &["cio"], r"cio[A-Za-z0-9]{32}$", is_mixed),
    ("Docker", "docker-token", &["dckr_pat_", "dckr_oat_"], r"dckr_[po]at_[A-Za-z0-9_-]{20,}", any),
    ("RubyGems", "rubygems-key", &["rubygems_"], r"rubygems_[0-9a-f]{48}", any),
    ("NuGet", "nuget-key", &["oy2"], r"oy2[a-z0-9]{43}$", is_drawn),
    ("Clojars", "clojars-token", &["CLOJARS_"], r"CLOJARS_[A-Za-z0-9]{60}", any),
    ("JFrog", "artifactory-key", &["AKCp"], r"AKCp[A-Za-z0-9]{60,}$", any),
    ("JFrog", "artifactory-reference-token", &["cmVmd"], r"cmVmd[A-Za-z0-9]{59,}$", any),
    ("Hex", "hex-key", &["hex_"], r"hex_[a-z0-9]{32,}$", is_drawn),
    ("Packagist", "packagist-key", &["packagist_"], r"packagist_[a-z]{3}_[0-9a-f]{60,}", any),
];

/// What builds, checks and runs code.
const BUILDERS: &[Token] = &[
    (
        "CircleCI",
        "circleci-token",
        &["CCIPAT_", "CCIPRJ_"],
        r"CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}",
        any,
    ),
    (
        "Buildkite",
        "buildkite-token",
        &["bkua_", "bkct_", "bkaj_", "bkpt_"],
        r"bk(?:ua|ct|aj|pt)_[A-Za-z0-9_-]{32,}",
        any,
    ),
    (
        "Harness",
        "harness-key",
        &["pat.", "sat."],
        r"[ps]at\.[A-Za-z0-9_-]{22}\.[0-9a-zA-Z]{24}\.[A-Za-z0-9]{20}$",
        any,
    ),
    ("SonarQube", "sonar-token", &["squ_", "sqp_", "sqa_"], r"sq[upa]_[0-9a-f]{40}$", any),
    ("Pulumi", "pulumi-token", &["pul-"], r"pul-[0-9a-f]{40}$", any),
    ("Endor Labs", "endorlabs-key", &["endr+"], r"endr\+[A-Za-z0-9-]{16}", any),
    ("Infracost", "infracost-key", &["ico-"], r"ico-[A-Za-z0-9]{32}$", any),
    ("Postman", "postman-key", &["PMAK-"], r"PMAK-[0-9A-Fa-f]{24}-[0-9A-Fa-f]{34}", any),
    ("Postman", "postman-collection-token", &["PMAT-"], r"PMAT-[A-Z0-9]{26}", any),
    ("ReadMe", "readme-key", &["rdme_"], r"rdme_[a-z0-9]{70}$", any),
    (
        "Snyk",
        "snyk-token",
        &["snyk_uat.", "snyk_sat."],
        r"snyk_[us]at\.[0-9a-f]{8}\.[A-Za-z0-9._-]{40,}",
        any,
    ),
    (
        "Aikido",
        "aikido-secret",
        &["AIK_SECRET_", "AIK_CI_"],
        r"AIK_(?:SECRET|CI)_[A-Za-z0-9]{20,}",
        any,
    ),
    (
        "Authress",
        "authress-key",
        &["sc_", "ext_", "scauth_", "authress_"],
        r"((?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120})",
        any,
    ),
    (
        "SettleMint",
        "settlemint-token",
        &["sm_aat_", "sm_pat_", "sm_sat_"],
        r"sm_[aps]at_[A-Za-z0-9]{16}$",
        any,
    ),
    ("42", "intra42-secret", &["s-s4t2"], r"s-s4t2(?:ud|af)-[0-9A-Fa-f]{64}", any),
];
