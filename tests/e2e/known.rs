//! Secrets that no shape tells: known by value, from the environment and from `.env` files.

use crate::place::Ran;
use crate::shop::Shop;
use std::fs;

const IN_ROOT: &str = "correct-horse-battery";
const BELOW: &str = "Sommer+Regen24";
const IN_ENVIRONMENT: &str = "Winter#Sonne7";

/// Returns an enabled shop that holds secrets, and the log of a session that shows them.
fn shop_with_secrets() -> Shop {
    let shop = Shop::enabled();
    shop.write(
        ".env",
        &format!("PORT=3000\nINTERNAL_PASSWORD={IN_ROOT}\nGREETING=good-morning-all\n"),
    );
    shop.write(".env.example", "INTERNAL_PASSWORD=fill-this-in9\n");
    shop.write("apps/web/.env.local", &format!("export DB_URL=\"mysql://app:{BELOW}@db/app\"\n"));
    let text = format!("{IN_ROOT} {BELOW} {IN_ENVIRONMENT}\nfill-this-in9 good-morning-all 3000\n");
    shop.agent(1).create("notes.md", &text);
    shop
}

fn capture(shop: &Shop, variables: &[(&str, &str)]) {
    let mut command = shop.command(env!("CARGO_BIN_EXE_opensession"), &shop.folder);
    let ran = Ran::of(&command.arg("capture").envs(variables.iter().copied()).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

fn stored(shop: &Shop) -> String {
    let ran = shop.run(&["cat", "HEAD", "--repo", "."]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

/// Returns what the manifest of the only session says, by plain git.
fn manifest(shop: &Shop) -> serde_json::Value {
    let listing = shop.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    let path = listing.lines().find(|path| path.ends_with("/session.json")).unwrap();
    let json = shop.git(&["show", &format!("opensession/sessions:{path}")]);
    serde_json::from_str(&json).unwrap()
}

#[test]
fn values_of_dotenv_files_and_of_the_environment_are_never_stored() {
    let shop = shop_with_secrets();
    capture(&shop, &[("BILLING_TOKEN", IN_ENVIRONMENT), ("EDITOR", "fill-this-in9")]);
    let text = stored(&shop);
    for secret in [IN_ROOT, BELOW, IN_ENVIRONMENT] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("fill-this-in9 good-morning-all 3000"), "{text}");
    assert!(manifest(&shop)["redactions"]["known-value"].as_u64() >= Some(3), "{text}");
    shop.assert_sound();
}

#[test]
fn what_was_masked_stays_so_when_the_secret_is_no_longer_known() {
    let shop = shop_with_secrets();
    capture(&shop, &[("BILLING_TOKEN", IN_ENVIRONMENT)]);
    let (before, first) = (stored(&shop), manifest(&shop));
    fs::remove_file(shop.folder.join(".env")).unwrap();
    // The same log, written anew: everything is compared.
    let log = shop
        .place
        .home
        .path()
        .join(".claude/projects/-shop/00000001-3f60-4d52-9a57-0c7be1a2d901.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replace("{\"", "{ \"")).unwrap();
    shop.agent(2);
    capture(&shop, &[]);
    assert_eq!(shop.sessions().len(), 2);
    let ran = shop.run(&["cat", "00000001", "--repo", "."]);
    assert_eq!(ran.stdout, before);
    assert_eq!(first["generation"], 0);
    shop.assert_sound();
}

#[test]
fn a_text_is_masked_as_a_session_of_this_folder_would_be() {
    let shop = shop_with_secrets();
    shop.write("text", &format!("{IN_ROOT}\n"));
    let ran = shop.run(&["secrets", "test", "text"]);
    assert!(ran.stdout.starts_with("[redacted:known-value:"), "{}{}", ran.stdout, ran.stderr);
    let ran = shop.run_in(shop.place.home.path(), &["secrets", "test", "shop/text"]);
    assert_eq!(ran.stdout, format!("{IN_ROOT}\n"));
    let log = shop
        .place
        .home
        .path()
        .join(".claude/projects/-shop/00000001-3f60-4d52-9a57-0c7be1a2d901.jsonl");
    let ran = shop.run_in(shop.place.home.path(), &["parse", "--redact", log.to_str().unwrap()]);
    assert!(ran.stdout.contains("[redacted:known-value:") && !ran.stdout.contains(IN_ROOT));
}
