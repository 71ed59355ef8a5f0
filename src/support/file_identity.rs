//! The identity of a file's content, to reload a file after a change.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// The identity of a file's content, as far as its metadata shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    modified: SystemTime,
    length: u64,
    /// Device, inode, and the last change of the inode in seconds and nanoseconds.
    #[cfg(unix)]
    inode: [i128; 4],
}

impl FileIdentity {
    /// Returns the current identity of a file; `None` if its metadata cannot be read.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        let about = fs::metadata(file).ok()?;
        Some(Self {
            modified: about.modified().ok()?,
            length: about.len(),
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt as _;
                [about.dev().into(), about.ino().into(), about.ctime().into(), about.ctime_nsec().into()]
            },
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    #[test]
    fn a_replaced_file_differs_also_with_the_same_length_and_time() {
        let dir = empty_dir("file-identity");
        let (old, new) = (dir.join("old"), dir.join("new"));
        let time = SystemTime::UNIX_EPOCH;
        for file in [&old, &new] {
            fs::write(file, "x").unwrap();
            fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
        }
        let before = FileIdentity::of(&old);
        assert!(before.is_some() && before == FileIdentity::of(&old));
        fs::rename(&new, &old).unwrap();
        let after = FileIdentity::of(&old);
        assert!(after.is_some() && after != before);
        assert_eq!(FileIdentity::of(&new), None);
    }
}
