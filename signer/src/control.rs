//! The operator's socket, as it is made: whose it is, and whose place it takes.
//!
//! Invariant: only the owner of the socket's file may open it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// Takes `path` for the operator's socket.
///
/// # Errors
///
/// The problem and its fix, when the socket cannot be made.
pub(crate) fn bind(path: &Path) -> Result<UnixListener, String> {
    let refusal = |problem: &str, fix: &str| {
        let shown = path.display();
        format!("CONFIG control: {shown} {problem}; {fix}")
    };
    let error = |e: std::io::Error| {
        let at = path.display();
        format!(
            "CONFIG control: cannot listen at {at}: {e}; choose a path in a folder of the signer's own"
        )
    };
    // What a killed signer left goes; whatever else has the name is someone's.
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(error(e)),
        Ok(meta) if !meta.file_type().is_socket() => {
            let problem = "is there and is no socket";
            return Err(refusal(problem, "choose another path"));
        }
        Ok(_) => match UnixStream::connect(path) {
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(error)?;
            }
            Err(e) => return Err(error(e)),
            Ok(_) => {
                let problem = "is a socket that another process listens at";
                return Err(refusal(problem, "stop that one, or choose another path"));
            }
        },
    }
    let listener = UnixListener::bind(path).map_err(error)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(error)?;
    Ok(listener)
}
