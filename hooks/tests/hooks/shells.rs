//! Our blocks under every shell on this machine, and under a Perl that trusts nothing.

use crate::layouts::is_there;
use crate::world::{World, write};
use opensession_hooks::Hook;
use std::fs;

#[test]
fn our_block_works_in_every_shell_and_changes_nothing_for_the_rest() {
    let mut tried = 0;
    for shell in
        ["sh", "dash", "bash", "zsh", "mksh", "ksh"].into_iter().filter(|shell| is_there(shell))
    {
        tried += 1;
        for options in ["", " -e", " -eu"] {
            let world = World::new(".git/hooks");
            let rest = "[ $? = 0 ] || exit 7\nwait\ncat > \"$USER_LOG\"\necho \"$1\" >> \"$USER_LOG\"\nexit 9\n";
            for hook in Hook::ALL {
                let path = world.folder.join(hook.name());
                write(&path, 0o755, &format!("#!/bin/{shell}{options}\n{rest}"));
            }
            world.install();
            let input = world.repository.home().write("input", "a b\nc d\n");
            for hook in Hook::ALL {
                let path = world.folder.join(hook.name());
                let mut command = world.command(shell);
                command.args(options.split_whitespace()).arg(&path).arg("arg \"ument");
                let output = command.stdin(fs::File::open(&input).unwrap()).output().unwrap();
                assert_eq!(output.status.code(), Some(9), "{shell}{options}: {output:?}");
                assert_eq!(
                    (&output.stdout[..], &output.stderr[..]),
                    (&b""[..], &b""[..]),
                    "{shell}{options}"
                );
                assert_eq!(world.user_log(), "a b\nc d\narg \"ument\n", "{shell}{options}");
                let given = if hook == Hook::PostRewrite { "a b,c d," } else { "" };
                assert_eq!(
                    world.call(),
                    format!("hook {} arg \"ument <{given}>", hook.name()),
                    "{shell}"
                );
            }
        }
    }
    assert!(tried >= 3, "only {tried} shells");
}

/// Perl's taint mode refuses to start any program with a `PATH` from outside: ours is not called, theirs goes on.
#[test]
fn a_perl_hook_in_taint_mode_goes_on_without_us() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-commit");
    write(
        &hook,
        0o755,
        "#!/usr/bin/perl -wT\nuse strict;\nprint $@ eq '' && $? == 0 ? 'mine' : 'spoilt';\nexit 5;\n",
    );
    world.install();
    let output = world.command(&hook).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"mine"[..], &b""[..]));
}
