//! Callers are made, listed and ended, and no crash makes half of one.

use std::fs;

use crate::kit::{Desk, Ran};

/// Each its own, by the name's last letter.
fn pin_of(name: &str) -> String {
    let letter = name.bytes().last().unwrap_or(0xab);
    format!("sha256/{}", format!("{letter:02x}").repeat(32))
}

fn desk() -> Desk {
    let desk = Desk::new();
    fs::create_dir(desk.path("callers")).unwrap();
    desk
}

fn add(desk: &Desk, name: &str, out: &str) -> Ran {
    let pin = pin_of(name);
    add_with(desk, name, &pin, out)
}

fn add_with(desk: &Desk, name: &str, pin: &str, out: &str) -> Ran {
    desk.run(&[
        "caller",
        "add",
        name,
        "--role",
        "orchestrator",
        "--pin",
        pin,
        "--callers",
        "callers",
        "--key-out",
        out,
    ])
}

fn list(desk: &Desk) -> Ran {
    desk.run(&["caller", "list", "--callers", "callers"])
}

#[test]
fn a_caller_is_a_record_and_a_key() {
    let desk = desk();
    let ran = add(&desk, "desk-1", "desk-1.key").done();
    assert!(
        ran.out
            .starts_with("caller desk-1\nrole orchestrator\npin sha256/"),
        "{ran:?}"
    );
    let record = String::from_utf8(desk.read("callers/desk-1.toml")).unwrap();
    assert_eq!(
        record,
        format!("role = \"orchestrator\"\npin = \"{}\"\n", pin_of("desk-1"))
    );
    let key = desk.read("callers/desk-1.key");
    assert_eq!(key.len(), 32);
    assert_eq!(key, desk.read("desk-1.key"));
    assert_eq!(desk.mode("callers/desk-1.key"), 0o400);
    assert_eq!(desk.mode("desk-1.key"), 0o400);
    assert_eq!(
        list(&desk).done().out,
        format!("desk-1 orchestrator {}\n", pin_of("desk-1"))
    );

    add(&desk, "desk-2", "desk-2.key").done();
    assert_ne!(
        desk.read("desk-1.key"),
        desk.read("desk-2.key"),
        "no two share one"
    );
    let ran = desk
        .run(&["caller", "list", "--callers", "callers", "--json"])
        .done();
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["caller"], "desk-2");
    assert_eq!(lines[1]["role"], "orchestrator");
    assert_eq!(lines[1]["pin"], pin_of("desk-2"));

    let remove = ["caller", "remove", "desk-1", "--callers", "callers"];
    desk.run(&remove).done();
    desk.run(&remove).refused("CALLER");
    assert!(!desk.path("callers/desk-1.key").exists());
    assert_eq!(
        list(&desk).done().out,
        format!("desk-2 orchestrator {}\n", pin_of("desk-2"))
    );
}

#[test]
fn a_caller_is_never_written_over() {
    let desk = desk();
    add(&desk, "desk-1", "one.key").done();
    let before = desk.read("callers/desk-1.key");
    add(&desk, "desk-1", "two.key").refused("CALLER");
    add(&desk, "desk-2", "one.key").refused("FILE");
    assert_eq!(desk.read("callers/desk-1.key"), before);
    assert_eq!(desk.names(), ["callers", "one.key"]);
    assert!(!desk.path("callers/desk-2.toml").exists());
}

#[test]
fn a_pin_that_another_caller_has_is_refused() {
    let desk = desk();
    add(&desk, "desk-1", "one.key").done();
    let ran = add_with(&desk, "desk-2", &pin_of("desk-1"), "two.key").refused("CALLER");
    assert!(ran.err.contains("would have the pin of desk-1"), "{ran:?}");
    assert_eq!(desk.names(), ["callers", "one.key"]);
}

#[test]
fn whatever_a_crash_leaves_the_same_command_mends() {
    // What is there after each step of `add`, by name and content.
    let steps: [&[(&str, &str)]; 5] = [
        &[],
        &[("callers/.desk-1.key.draft", "half")],
        &[("callers/desk-1.key", "old")],
        &[("callers/desk-1.key", "old"), ("desk-1.key", "old")],
        &[
            ("callers/desk-1.key", "old"),
            ("desk-1.key", "old"),
            ("callers/.desk-1.toml.draft", "ro"),
        ],
    ];
    for left in steps {
        let desk = desk();
        for (name, content) in left {
            desk.write(name, content, 0o400);
        }
        assert_eq!(list(&desk).done().out, "", "{left:?} is no caller");
        add(&desk, "desk-1", "desk-1.key").done();
        assert_eq!(desk.read("callers/desk-1.key"), desk.read("desk-1.key"));
        assert_eq!(list(&desk).done().out.lines().count(), 1);
        let names = fs::read_dir(desk.path("callers")).unwrap().count();
        assert_eq!(names, 2, "no draft stays: {left:?}");
    }
}

#[test]
fn half_a_caller_is_told_and_not_listed() {
    let desk = desk();
    add(&desk, "desk-1", "desk-1.key").done();
    fs::remove_file(desk.path("callers/desk-1.key")).unwrap();
    desk.write(
        "callers/desk-2.toml",
        "role = \"king\"\npin = \"\"\n",
        0o600,
    );
    desk.write(
        "callers/desk-3.toml",
        format!(
            "role = \"monitor\"\npin = \"{}\"\nmore = 1\n",
            pin_of("desk-1")
        ),
        0o600,
    );
    let ran = list(&desk).done();
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("CALLER desk-1: has no key"), "{ran:?}");
    assert!(ran.err.contains("CALLER desk-2: record: "), "{ran:?}");
    assert!(ran.err.contains("CALLER desk-3: record: "), "{ran:?}");
}

#[test]
fn names_roles_pins_and_folders_are_checked_first() {
    let desk = desk();
    for name in [
        "",
        ".hidden",
        "a/b",
        "../a",
        "A",
        "local",
        "vault",
        &"a".repeat(33),
    ] {
        assert_eq!(add(&desk, name, "k").code, 2, "{name}");
    }
    let pin = pin_of("a");
    for (role, pin) in [("king", pin.as_str()), ("monitor", "sha256/ab")] {
        let args = [
            "caller",
            "add",
            "a",
            "--role",
            role,
            "--pin",
            pin,
            "--callers",
            "callers",
            "--key-out",
            "k",
        ];
        assert_eq!(desk.run(&args).code, 2);
    }
    assert_eq!(desk.names(), ["callers"]);
    fs::remove_dir(desk.path("callers")).unwrap();
    add(&desk, "a", "k").refused("CALLER");
    fs::create_dir(desk.path("callers")).unwrap();
    fs::set_permissions(
        desk.path("callers"),
        std::os::unix::fs::PermissionsExt::from_mode(0o777),
    )
    .unwrap();
    add(&desk, "a", "k").refused("CALLER");
    assert_eq!(desk.names(), ["callers"]);
}
