// Which Millrace this is.

/// The version of the library and the command.
public enum MillraceVersion {
    /// The version, as `major.minor.patch`.
    public static let current = "0.1.0"
}
