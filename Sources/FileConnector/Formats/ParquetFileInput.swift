// A file of Parquet, open.

import CPlatform
import Columns
import Connectors
import Parquet

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file, as its reader asks for its bytes.
final class ParquetFileInput: ParquetInput {
    let file: DataFile
    private let descriptor: Int32
    /// What the system said where bytes couldn't be read.
    private var failure: ConnectorError?
    /// As it was listed: what was added since isn't read.
    var size: Int64 { file.size }

    /// Opens a file.
    ///
    /// - Throws: `NOT_FOUND` where it is gone.
    init(_ file: DataFile) throws(ConnectorError) {
        self.file = file
        var descriptor: Int32 = -1
        let status = platform_open(file.path, O_RDONLY, &descriptor)
        guard status == 0 else { throw FileSystem.failure("open", file.path, status) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The file as it is now.
    func status() throws(ConnectorError) -> FileStatus { try FileSystem.status(descriptor: descriptor, file.path) }

    /// Whether the file is as it was when it was listed, by its size and the time of its last change.
    func isUnchanged() throws(ConnectorError) -> Bool {
        let status = try status()
        return status.size == file.size && status.modifiedMilliseconds == file.modifiedMilliseconds
    }

    func read(at offset: Int64, into bytes: UnsafeMutableRawBufferPointer) throws(ParquetError) {
        do throws(ConnectorError) {
            try FileWindow.read(bytes, of: file, at: offset, from: descriptor)
        } catch {
            failure = error
            throw ParquetError(.unreadable, "the file can't be read", offset: offset)
        }
    }

    /// Does something with the file's bytes.
    ///
    /// - Throws: what is wrong with them, with the file's path.
    func attempt<Result>(_ body: () throws(ParquetError) -> Result) throws(ConnectorError) -> Result {
        do throws(ParquetError) {
            return try body()
        } catch {
            switch error.kind {
            case .unreadable: if let failure { throw failure }
            case .wrongType:
                throw ConnectorError(
                    .badRow, "\(file.path): data type mismatch when reading a Parquet column: \(error)",
                    hint: "give the column the type that the file has, or one that is wider",
                    condition: "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH")
            case .damaged, .tooLarge, .unsupported: break
            }
            throw ConnectorError(
                .failed, "\(file.path): \(error)",
                hint: error.kind == .damaged
                    ? "write the file anew, or leave it out with ignoreCorruptFiles set to true" : nil,
                condition: "FAILED_READ_FILE.NO_HINT")
        }
    }
}
