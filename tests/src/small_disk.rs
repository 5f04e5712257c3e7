//! A disk of a few megabytes, in a mount namespace of its own, which goes with
//! its test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::unistd::Uid;

/// What a write of the hog takes.
const BITE: usize = 4096;

/// The disk. Programs started `on` it find it at its folder, the test at
/// [`SmallDisk::file`].
pub struct SmallDisk {
    folder: PathBuf,
    anchor: Child,
}

impl SmallDisk {
    /// Mounts one of so many megabytes over `folder`, for whoever is `on` it.
    pub fn new(folder: &Path, mebibytes: u32) -> Self {
        fs::create_dir_all(folder).expect("its place is ours");
        let mut command = Command::new("unshare");
        if !Uid::effective().is_root() {
            command.arg("--map-root-user");
        }
        let script = format!(
            "mount -t tmpfs -o size={mebibytes}m,mode=700 small \"$0\" && echo mounted && exec cat"
        );
        let mut anchor = command
            .args(["--mount", "sh", "-c", &script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare of util-linux");
        let mut line = String::new();
        let stdout = anchor.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert_eq!(line, "mounted\n", "root, or a kernel with user namespaces");
        Self {
            folder: folder.to_owned(),
            anchor,
        }
    }

    /// The same command, where the disk is mounted.
    pub fn on(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.args(["--target", &self.anchor.id().to_string(), "--mount"]);
        if !Uid::effective().is_root() {
            inside.args(["--user", "--preserve-credentials"]);
        }
        // Whoever enters stands at the root.
        let place = command.get_current_dir().expect("a folder");
        inside
            .args(["sh", "-c", "cd \"$0\" && exec \"$@\""])
            .arg(place);
        inside.arg(command.get_program()).args(command.get_args());
        inside
    }

    /// A file of the disk, as seen from outside.
    pub fn file(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.anchor.id()));
        let inside = self.folder.strip_prefix("/").expect("a whole path");
        root.join(inside).join(name)
    }

    /// Somebody else takes all that is free.
    pub fn fill(&self) {
        let hog = File::options()
            .create(true)
            .append(true)
            .open(self.file("hog"));
        let mut hog = hog.expect("its name takes no block");
        loop {
            match hog.write(&[b'x'; BITE]) {
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::StorageFull => return,
                Err(e) => panic!("the hog: {e}"),
            }
        }
    }

    /// Gives it back.
    pub fn free(&self) {
        fs::remove_file(self.file("hog")).expect("it was filled");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It ends with its input, and the namespace with it.
        drop(self.anchor.stdin.take());
        self.anchor.wait().ok();
    }
}
