//! An official client in a process of its own: a line asks, a line answers.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tests::bins::workspace;

/// A running client.
pub(crate) struct Client {
    /// How the tables call it.
    pub(crate) name: &'static str,
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Client {
    /// The npm client, installed in `folder`.
    pub(crate) fn npm(folder: &Path) -> Self {
        // A module finds its packages from where it stands.
        let script = folder.join("client.mjs");
        std::fs::copy(workspace().join("tests/interop/npm/client.mjs"), &script)
            .expect("the install folder is ours");
        let mut command = Command::new("node");
        command.arg(script);
        Self::start("npm", command)
    }

    /// The `PyPI` client, installed for `python`.
    pub(crate) fn pypi(python: &Path) -> Self {
        let mut command = Command::new(python);
        command.arg(workspace().join("tests/interop/pypi/client.py"));
        Self::start("PyPI", command)
    }

    fn start(name: &'static str, mut command: Command) -> Self {
        // Loopback is not to be reached through somebody's proxy.
        for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(variable);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}; run `make interop`"));
        let ask = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Self {
            name,
            child,
            ask,
            answers,
        }
    }

    /// Asks; the answer is an object with `value`, `refused` or `failed`.
    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        let mut line = String::new();
        let said = writeln!(self.ask, "{question}")
            .and_then(|()| self.ask.flush())
            .and_then(|()| self.answers.read_line(&mut line));
        match said {
            Ok(_) => serde_json::from_str(&line)
                .unwrap_or_else(|_| json!({"failed": format!("it answered {line:?}")})),
            Err(e) => json!({"failed": format!("it is gone: {e}")}),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
