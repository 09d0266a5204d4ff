// Finds the state of a checkpoint, for who reads it as a table.

import CheckpointLog
import Connectors
import DurableFiles
import StateStore

/// Finds the state of a checkpoint. Changes nothing and takes no lock.
struct CheckpointRead {
    private let reader: CheckpointReader
    private let directory: String
    private let disk = RealDisk()

    init(_ directory: String) {
        self.directory = directory
        reader = CheckpointReader(directory: directory, disk: disk)
    }

    /// The path that an option names.
    static func path(_ options: Options) throws(ConnectorError) -> String {
        guard let text = options.string("path") else {
            throw ConnectorError(
                .invalidOption, "the path is missing", hint: "name the checkpoint's directory: load(directory)")
        }
        do throws(LocalPath.Failure) {
            return try LocalPath.resolve(text)
        } catch {
            throw ConnectorError(.invalidOption, "the path \(error.message)", hint: error.hint)
        }
    }

    /// The state after a batch, the newest where none is named, and that batch.
    func state(after batch: Int64?) throws -> (state: StoredState, newest: Int64) {
        guard let metadata = try reader.metadata() else { throw QueryError.noCheckpoint(directory) }
        let division = try reader.division(metadata)
        guard let commit = try reader.recover().lastCommit else {
            throw CheckpointRead.noBatch("\(directory): no batch has been committed yet")
        }
        let stateDirectory = DiskPath.join(directory, division.stateDirectoryName)
        func find(_ batch: Int64?) throws -> StoredState {
            // The log's numbers have successors.
            try StoredState(
                stateDirectory, version: Int(clamping: commit.batch) + 1, attempt: commit.attempt,
                hash: commit.manifestHash, older: batch.map { Int(clamping: $0) + 1 }, disk: disk)
        }
        guard let batch, batch != commit.batch else { return (try find(nil), commit.batch) }
        let newest = try find(nil)
        let oldest = Int64(newest.oldestVersion) - 1
        guard batch >= oldest, batch < commit.batch else {
            throw CheckpointRead.noBatch(
                "\(directory): the state after batch \(batch) is not there; "
                    + "there are those after batches \(oldest) to \(commit.batch)")
        }
        return (try find(batch), commit.batch)
    }

    private static func noBatch(_ message: String) -> QueryError {
        QueryError(
            code: "STATE_BATCH_NOT_FOUND", message: message,
            hint: "state_metadata('DIR') says which batches' states are there", disposition: .correctAndRestart)
    }

    /// The directories in one that hold checkpoints, as those of a script's streams lie below `--checkpoint`.
    static func names(below directory: String, disk: any Disk) -> [String] {
        let names = (try? disk.list(directory)) ?? []
        return names.sorted().filter { name in
            (try? CheckpointReader(directory: DiskPath.join(directory, name), disk: disk).metadata()) != nil
        }
    }

    /// What changes where files are removed: the newest batch, and the division.
    private func position() throws -> [Int64?] {
        [try reader.recover().lastCommit?.batch, try reader.metadata().map { try reader.division($0).number }]
    }

    /// How often files may vanish while they are read.
    private static let tries = 5

    /// Runs `body` on the state after a batch, and again where a running query has removed files meanwhile.
    func reading<Result>(
        after batch: Int64?, _ body: (_ state: StoredState, _ newest: Int64) throws -> Result
    ) throws -> Result {
        for _ in 0..<CheckpointRead.tries {
            let before = try position()
            do {
                let found = try state(after: batch)
                return try body(found.state, found.newest)
            } catch let error as StateStoreError {
                // A query that runs has committed another batch since: its state is there.
                guard try position() != before else { throw error }
            }
        }
        throw QueryError(
            code: "STATE_CHANGED",
            message: "\(directory): the running query has removed files \(CheckpointRead.tries) times while they were "
                + "read", hint: "stop the query, or read a copy of the checkpoint", disposition: .restartLater)
    }
}

extension QueryError {
    /// There is no checkpoint where one was named.
    static func noCheckpoint(_ directory: String) -> QueryError {
        let below = CheckpointRead.names(below: directory, disk: RealDisk())
        let more = below.count > 20 ? " and \(below.count - 20) more" : ""
        return QueryError(
            code: "CHECKPOINT_NOT_FOUND",
            message: "there is no checkpoint in \(directory)"
                + (below.isEmpty ? "" : ", but below it: \(below.prefix(20).joined(separator: ", "))\(more)"),
            hint: below.first.map { "every stream of a script has its own: name one, \(DiskPath.join(directory, $0))" }
                ?? "name the directory that the query has as checkpointLocation or --checkpoint",
            disposition: .correctAndRestart)
    }
}
