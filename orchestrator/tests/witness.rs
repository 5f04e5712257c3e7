//! A witness over real HTTP. Logs that behave and logs that do not ask it to
//! cosign; it answers as C2SP's tlog-witness has it, killed or not.
//! What it has cosigned once, it never contradicts.

#[cfg(test)]
mod kit {
    use std::convert::Infallible;
    use std::fs;
    use std::io::{BufRead as _, BufReader};
    use std::path::PathBuf;
    use std::process::{Child, Command, Output, Stdio};

    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use tlog::{
        AddCheckpoint, Frontier, Hash, Head, PublicKey, VerifierKey, WitnessKey, leaf_hash,
    };

    pub(crate) const NAME: &str = "example.com/witness-1";

    /// A log with its key, which signs what it is told to.
    pub(crate) struct Log {
        pair: Ed25519KeyPair,
        pub(crate) key: VerifierKey,
        pub(crate) leaves: Vec<Hash>,
    }

    impl Log {
        pub(crate) fn new(origin: &str, seed: u8) -> Self {
            let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
            let public = PublicKey::new(pair.public_key().as_ref().try_into().unwrap()).unwrap();
            let key = VerifierKey::new(origin, public).unwrap();
            let leaves = Vec::new();
            Self { pair, key, leaves }
        }

        pub(crate) fn grow(&mut self, count: u8, salt: u8) {
            for n in 0..count {
                self.leaves.push(leaf_hash(&[n, salt]));
            }
        }

        pub(crate) fn size(&self) -> u64 {
            u64::try_from(self.leaves.len()).unwrap()
        }

        pub(crate) fn text(&self) -> String {
            let mut tree = Frontier::new();
            for leaf in &self.leaves {
                tree.append(*leaf).unwrap();
            }
            let (origin, size, root) = (self.key.name().to_owned(), tree.size(), tree.root());
            Head { origin, size, root }.text()
        }

        pub(crate) fn signed(&self, text: &str) -> String {
            let signature = self.pair.sign(text.as_bytes());
            let line = tlog::signature_line(self.key.name(), self.key.id(), signature.as_ref());
            format!("{text}\n{line}")
        }

        pub(crate) fn proof(&self, old: u64) -> Vec<Hash> {
            let mut tree = Frontier::new();
            let tops: Vec<Hash> = self
                .leaves
                .iter()
                .map(|l| tree.append(*l).unwrap())
                .collect();
            let at = |all: &[Hash], index: u64| all[usize::try_from(index).unwrap()];
            let mut node = |level, index| -> Result<Hash, Infallible> {
                let top = |index| Ok(at(&tops, index));
                let leaf = |index| Ok(at(&self.leaves, index));
                tlog::node(level, index, top, leaf).map(Option::unwrap)
            };
            tlog::consistency(old, self.size(), &mut node)
                .unwrap()
                .unwrap()
        }

        pub(crate) fn ask(&self, old: u64) -> AddCheckpoint {
            AddCheckpoint {
                old,
                proof: self.proof(old),
                note: self.signed(&self.text()),
            }
        }
    }

    /// The program, with a folder of its own.
    pub(crate) struct Site {
        folder: tempfile::TempDir,
        pub(crate) key: WitnessKey,
    }

    pub(crate) struct Running {
        child: Child,
        pub(crate) url: String,
    }

    impl Site {
        pub(crate) fn new(logs: &[&VerifierKey]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let logs: Vec<String> = logs.iter().map(ToString::to_string).collect();
            let config = format!(
                "listen = \"127.0.0.1:0\"\nname = \"{NAME}\"\nkey = \"witness.key\"\n\
                 database = \"witness.sqlite\"\nlogs = {logs:?}\n"
            );
            fs::write(folder.path().join("witness.toml"), config).unwrap();
            let made = command(
                &folder.path().to_owned(),
                &["key", "new", "witness.key", "--name", NAME],
            );
            assert!(made.status.success(), "{made:?}");
            let key = String::from_utf8(made.stdout).unwrap();
            let key = WitnessKey::parse(key.trim()).unwrap();
            let site = Self { folder, key };
            assert!(site.run(&["init"]).status.success());
            site
        }

        pub(crate) fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// Runs the program to its end.
        pub(crate) fn run(&self, args: &[&str]) -> Output {
            command(&self.folder.path().to_owned(), args)
        }

        pub(crate) fn start(&self) -> Running {
            let mut child = program(&self.folder.path().to_owned(), &[])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap())
                .read_line(&mut line)
                .unwrap();
            let url = line.trim().strip_prefix("listening ").unwrap().to_owned();
            Running { child, url }
        }
    }

    fn program(folder: &PathBuf, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orchestrator"));
        command.current_dir(folder).arg("witness").args(args);
        command
    }

    fn command(folder: &PathBuf, args: &[&str]) -> Output {
        program(folder, args).output().unwrap()
    }

    /// What was answered: status, kind and body.
    pub(crate) type Answer = (u16, String, String);

    impl Running {
        pub(crate) async fn post(&self, body: String) -> Answer {
            let client = reqwest::Client::builder().build().unwrap();
            let url = format!("{}/add-checkpoint", self.url);
            let answer = client.post(url).body(body).send().await.unwrap();
            let kind = answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            (answer.status().as_u16(), kind, answer.text().await.unwrap())
        }

        pub(crate) async fn ask(&self, asked: &AddCheckpoint) -> Answer {
            self.post(asked.body()).await
        }

        /// The size that it remembers of a log, asked as the specification says.
        pub(crate) async fn size_of(&self, log: &Log) -> u64 {
            let (status, kind, body) = self.ask(&log.ask(0)).await;
            assert_eq!((status, &*kind), (409, "text/x.tlog.size"), "{body}");
            body.strip_suffix('\n').unwrap().parse().unwrap()
        }

        /// SIGKILL: nothing that it had not written survives.
        pub(crate) fn kill(mut self) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

#[cfg(test)]
mod stories {
    use std::fs;

    use orchestrator::witness::config::Config;
    use tlog::{Cosignature, VerifierKey};

    use crate::kit::{Log, Running, Site};

    const ORIGIN: &str = "example.com/journal-1";

    fn provider() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
    }

    fn log() -> Log {
        Log::new(ORIGIN, 1)
    }

    async fn cosigned(running: &Running, site: &Site, log: &Log, old: u64) {
        let (status, _, body) = running.ask(&log.ask(old)).await;
        assert_eq!(status, 200, "{body}");
        let line = body.strip_suffix('\n').unwrap();
        let read = Cosignature::read(line, &log.text(), std::slice::from_ref(&site.key)).unwrap();
        assert_eq!(read.by(), site.key.public());
        assert!(read.time_s() > 1_700_000_000);
    }

    #[tokio::test]
    async fn a_log_that_grows_is_cosigned_from_its_first_head_on() {
        provider();
        let mut log = log();
        let site = Site::new(&[&log.key]);
        let running = site.start();
        let mut old = 0;
        for (count, salt) in [(1, 0), (1, 1), (5, 2), (0, 3), (30, 4)] {
            log.grow(count, salt);
            cosigned(&running, &site, &log, old).await;
            old = log.size();
        }
        assert_eq!(running.size_of(&log).await, 37);
    }

    #[tokio::test]
    async fn whoever_breaks_a_rule_hears_its_status_and_changes_nothing() {
        provider();
        let mut log = log();
        log.grow(8, 0);
        let site = Site::new(&[&log.key]);
        let running = site.start();
        cosigned(&running, &site, &log, 0).await;
        let before = log.size();
        log.grow(5, 1);
        let good = log.ask(before);

        let mut unknown = Log::new("example.com/journal-2", 1);
        unknown.grow(13, 0);
        assert_eq!(running.ask(&unknown.ask(0)).await.0, 404);
        let mut forged = Log::new(ORIGIN, 2);
        forged.leaves.clone_from(&log.leaves);
        assert_eq!(running.ask(&forged.ask(before)).await.0, 403);
        let mut altered = good.clone();
        altered.note = altered.note.replacen("\n13\n", "\n14\n", 1);
        assert_eq!(running.ask(&altered).await.0, 403);
        let mut larger = good.clone();
        larger.old = 14;
        assert_eq!(running.ask(&larger).await.0, 400);
        for body in [
            String::new(),
            "old 8\n".to_owned(),
            good.body().replacen("old 8", "old 08", 1),
        ] {
            assert_eq!(running.post(body).await.0, 400);
        }
        let mut unread = good.clone();
        unread.note = log.signed("no checkpoint\n");
        assert_eq!(
            running.ask(&unread).await.0,
            404,
            "its first line is another origin"
        );
        unread.note = log.signed(&format!("{ORIGIN}\nmany\nx\n"));
        assert_eq!(running.ask(&unread).await.0, 400);
        for bent in [0, good.proof.len() - 1] {
            let mut bad = good.clone();
            bad.proof[bent].0[0] ^= 1;
            assert_eq!(running.ask(&bad).await.0, 422);
            bad.proof.remove(bent);
            assert_eq!(running.ask(&bad).await.0, 422);
        }
        let (status, kind, body) = running.ask(&log.ask(7)).await;
        assert_eq!((status, &*kind, &*body), (409, "text/x.tlog.size", "8\n"));
        let too_much = "x".repeat(tlog::BODY_BYTES_MAX + 1);
        assert_eq!(running.post(too_much).await.0, 413);

        cosigned(&running, &site, &log, before).await;
    }

    #[tokio::test]
    async fn two_pasts_of_one_log_never_both_get_a_cosignature() {
        provider();
        let (mut one, mut other) = (log(), log());
        one.grow(8, 0);
        other.leaves.clone_from(&one.leaves);
        let site = Site::new(&[&one.key]);
        let running = site.start();
        cosigned(&running, &site, &one, 0).await;
        one.grow(4, 1);
        other.grow(4, 2);
        let (asked, asked_other) = (one.ask(8), other.ask(8));
        let (a, b) = tokio::join!(running.ask(&asked), running.ask(&asked_other));
        let mut statuses = [a.0, b.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let (winner, mut loser) = if a.0 == 200 {
            (one, other)
        } else {
            (other, one)
        };
        // Same size and another root: a conflict, not a failed proof.
        let (status, _, said) = running.ask(&loser.ask(12)).await;
        assert_eq!((status, &*said), (409, "12\n"));
        // Grown further, the loser cannot prove that it continues the winner.
        loser.grow(9, 3);
        assert_eq!(running.ask(&loser.ask(12)).await.0, 422);
        cosigned(&running, &site, &winner, 12).await;
    }

    #[tokio::test]
    async fn a_witness_that_is_killed_as_it_answers_has_not_forgotten() {
        provider();
        let mut log = log();
        let site = Site::new(&[&log.key]);
        for round in 0..6 {
            let running = site.start();
            let old = log.size();
            log.grow(3, round);
            cosigned(&running, &site, &log, old).await;
            running.kill();
            let again = site.start();
            assert_eq!(again.size_of(&log).await, log.size());
            let mut fork = Log::new(ORIGIN, 1);
            fork.grow(u8::try_from(log.size()).unwrap(), 99);
            assert_eq!(again.ask(&fork.ask(log.size())).await.0, 409);
        }
    }

    #[test]
    fn a_witness_without_its_memory_or_with_anothers_does_not_start() {
        let log = log();
        let site = Site::new(&[&log.key]);
        let says = |words: &str| {
            let out = site.run(&[]);
            let text = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(1), "{text}");
            assert!(text.contains(words), "{text}");
        };
        // A second database over the first one would forget.
        let text = String::from_utf8(site.run(&["init"]).stderr).unwrap();
        assert!(text.contains("there is one already"), "{text}");
        let running = site.start();
        says("database is locked");
        running.kill();
        let kept = site.path("witness.sqlite");
        let config = fs::read_to_string(site.path("witness.toml")).unwrap();
        let renamed = config.replace("witness-1\"", "witness-2\"");
        fs::write(site.path("witness.toml"), renamed).unwrap();
        says("it is of the key example.com/witness-1+");
        fs::write(site.path("witness.toml"), &config).unwrap();
        fs::remove_file(kept).unwrap();
        says("retire this witness's key, unless it never cosigned; only then make");
        // A log that signs with the witness's own key.
        let own = VerifierKey::new(ORIGIN, site.key.public()).unwrap();
        let own = config.replace(&log.key.to_string(), &own.to_string());
        fs::write(site.path("witness.toml"), own).unwrap();
        says("signs with this witness's key");
    }

    #[test]
    fn the_example_is_a_configuration_and_each_mistake_is_named() {
        let example = include_str!("../../deploy/witness.example.toml");
        let config = Config::parse(example, "folder".as_ref()).unwrap();
        assert_eq!(
            (config.name.as_str(), config.logs.len()),
            ("example.com/witness-1", 1)
        );
        assert_eq!(
            config.database,
            std::path::Path::new("folder/witness.sqlite")
        );
        for (from, to, says) in [
            ("listen =", "listens =", "CONFIG file: "),
            ("\"example.com/witness-1\"", "\"a b\"", "CONFIG name: "),
            ("+AYqI", "+AYqJ", "CONFIG logs: "),
        ] {
            let said = Config::parse(&example.replacen(from, to, 1), "".as_ref()).unwrap_err();
            assert!(said.starts_with(says), "{said}");
        }
        let logs = example
            .split("logs = [")
            .nth(1)
            .unwrap()
            .trim_end()
            .trim_end_matches(']');
        let twice = example.replacen(logs, &format!("{logs}, {logs}"), 1);
        let said = Config::parse(&twice, "".as_ref()).unwrap_err();
        assert!(said.contains("there twice"), "{said}");
    }
}
