// What went wrong with a file, whose fault it is and what to do.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A failure of a file operation, or a file whose content isn't what was written.
package struct DurabilityError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was asked of the disk.
    package enum Operation: String, Sendable {
        case open, create, read, write, synchronize, rename, remove, list, lock, size, verify
        case synchronizeDirectory = "synchronize directory"
        case createDirectory = "create directory"
    }

    /// What kind of failure it is; decides what can be done.
    package enum Fault: String, Sendable {
        /// No space or quota left.
        case diskFull = "disk full"
        /// The file system is mounted read-only.
        case readOnly = "read-only"
        /// The content isn't what was written.
        case corrupt
        /// The content was written by a newer version of this software.
        case newerFormat = "newer format"
        /// Another process holds the lock.
        case inUse = "in use"
        /// The name that was to be created is taken.
        case alreadyExists = "already exists"
        /// The file or directory is missing.
        case notFound = "not found"
        /// The rights don't suffice.
        case accessDenied = "access denied"
        /// The process or the system has too many files open.
        case tooManyFiles = "too many open files"
        /// Anything else, such as a failing device.
        case other
    }

    package let operation: Operation
    package let path: String
    package let fault: Fault
    /// The system's error number, 0 where the system reported none.
    package let errorNumber: Int32
    /// What was found, in words.
    package let detail: String
    /// Where in the file, in bytes.
    package let offset: Int64?

    /// A failure that the system reported.
    package init(_ operation: Operation, _ path: String, errorNumber: Int32, detail: String? = nil) {
        self.operation = operation
        self.path = path
        self.errorNumber = errorNumber
        self.fault = Self.fault(of: errorNumber)
        self.detail = detail ?? Self.name(of: errorNumber)
        self.offset = nil
    }

    /// A failure that we found ourselves.
    package init(_ operation: Operation, _ path: String, fault: Fault, detail: String, offset: Int64? = nil) {
        self.operation = operation
        self.path = path
        self.fault = fault
        self.errorNumber = 0
        self.detail = detail
        self.offset = offset
    }

    /// A file whose content is not what was written.
    static func corrupt(_ path: String, at offset: Int64, expected: String, found: String) -> DurabilityError {
        DurabilityError(.verify, path, fault: .corrupt, detail: "expected \(expected), found \(found)", offset: offset)
    }

    /// The symbol of the system's error, such as `ENOSPC`; `nil` where the system reported none.
    package var errorName: String? { errorNumber == 0 ? nil : Self.name(of: errorNumber) }

    /// What to do about it.
    package var hint: String {
        switch fault {
        case .diskFull: "free space on the file system of this path, then start again: nothing half-written is used"
        case .readOnly: "remount the file system writable or choose another location"
        case .corrupt: "restore the file from a backup; it was changed or damaged after it was written"
        case .newerFormat: "start the version that wrote it, or a newer one"
        case .inUse: "stop the other process first; its lock ends with it"
        case .alreadyExists: "another instance may be writing here: make sure that only one runs"
        case .notFound: "check the path; if the file was removed, restore it from a backup"
        case .accessDenied: "give the user that runs this process read and write rights to the directory"
        case .tooManyFiles: "raise the limit of open files (ulimit -n)"
        case .other: "check the device and the system log; what was being written is not used"
        }
    }

    /// What happened and where, without the hint.
    package var message: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        return "\(operation.rawValue) \(path)\(place): \(detail)"
    }

    package var description: String { "\(message) (\(fault.rawValue)); \(hint)" }

    private static func fault(of errorNumber: Int32) -> Fault {
        switch errorNumber {
        case ENOSPC, EDQUOT: .diskFull
        case EROFS: .readOnly
        case EWOULDBLOCK: .inUse
        case EEXIST: .alreadyExists
        case ENOENT: .notFound
        case EACCES, EPERM: .accessDenied
        case EMFILE, ENFILE: .tooManyFiles
        default: .other
        }
    }

    private static let names: [Int32: String] = [
        ENOSPC: "ENOSPC", EDQUOT: "EDQUOT", EROFS: "EROFS", EWOULDBLOCK: "EWOULDBLOCK", EEXIST: "EEXIST",
        ENOENT: "ENOENT", EACCES: "EACCES", EPERM: "EPERM", EMFILE: "EMFILE", ENFILE: "ENFILE", EIO: "EIO",
        EINTR: "EINTR", EINVAL: "EINVAL", EBADF: "EBADF", EFBIG: "EFBIG", EISDIR: "EISDIR", ENOTDIR: "ENOTDIR",
        ENOTEMPTY: "ENOTEMPTY", ENAMETOOLONG: "ENAMETOOLONG", ELOOP: "ELOOP", EXDEV: "EXDEV", ENOMEM: "ENOMEM",
        EBUSY: "EBUSY", ESTALE: "ESTALE", ENOLCK: "ENOLCK", ENXIO: "ENXIO", ENODEV: "ENODEV", EMLINK: "EMLINK",
    ]

    private static func name(of errorNumber: Int32) -> String { names[errorNumber] ?? "errno \(errorNumber)" }
}
