// The statements of a script one after the other, and then its streams side by side.

import Millrace
import Synchronization

/// Carries statements out, keeps the streams among them, and runs these.
final class SQLRunner {
    /// A stream that has been checked and waits for its start.
    struct Stream {
        /// What it is called, and its checkpoint: `wordcounts-1` is the first INSERT into wordCounts.
        let name: String
        /// The name without the number.
        let base: String
        let writer: DataStreamWriter
        /// Whether its rows are printed.
        let isPrinted: Bool
    }

    /// What statements are carried out for.
    enum Use {
        /// A script as a whole.
        case script
        /// A look at the plans of one.
        case plans
        /// A shell; somebody may sit there, for whom Ctrl-C ends the query and not the command.
        case shell(isInteractive: Bool)
    }

    let session: Session
    private let options: SQLOptions
    private let output: RowOutput
    private let use: Use
    private let log: SQLLog
    private(set) var streams: [Stream] = []

    init(options: SQLOptions, for use: Use) throws {
        self.use = use
        self.options = options
        log = options.log
        session = try options.session(log: log)
        output = RowOutput(form: options.form)
    }

    // MARK: Statements

    /// Carries out a statement. A stream is checked, and started by `runStreams`.
    func carryOut(_ statement: SQLStatement) throws {
        switch try session.execute(statement) {
        case .done: break
        case .rows(let frame) where frame.isStreaming:
            try add(output.writer(frame), frame, "select", isPrinted: true)
        case .rows(let frame): try output.write(frame, of: statement.kind)
        case .insert(let insert) where insert.isStreaming:
            try add(insert.writer(), insert.frame, insert.table.lowercased(), isPrinted: false)
            // Streams of a script start when all its statements are done: those behind this one may name the table.
            if case .script = use { insert.define() }
        case .insert(let insert): try insert.run()
        }
    }

    /// Returns what works and may surprise later.
    @discardableResult
    private func add(
        _ writer: DataStreamWriter, _ frame: DataFrame, _ base: String, isPrinted: Bool
    ) throws -> [String] {
        let number = streams.filter { $0.base == base }.count + 1
        let name = "\(base)-\(number)"
        var writer = writer.queryName(name).outputMode(try options.outputMode ?? frame.usualOutputMode)
            .trigger(options.trigger)
        let directory: String? =
            switch use {
            case .script: options.checkpoint
            // Any name will do.
            case .plans: "checkpoint"
            // Whoever tries one SELECT after the other doesn't go on with the one before.
            case .shell: isPrinted ? nil : options.checkpoint
            }
        if let directory {
            writer = writer.option("checkpointLocation", "\(directory)/\(FolderName.of(name))")
        }
        let warnings = try writer.checkedWarnings()
        streams.append(Stream(name: name, base: base, writer: writer, isPrinted: isPrinted))
        return warnings
    }

    /// Checks a statement and tells what it would do: the plan of a query; `nil` where there is nothing to tell. What
    /// is defined is defined, for the statements behind it.
    func explained(_ statement: SQLStatement) throws -> String? {
        switch try session.execute(statement) {
        case .done: return nil
        case .rows(let frame):
            guard statement.kind == .query else { return nil }
            let warnings = frame.isStreaming ? try add(output.writer(frame), frame, "select", isPrinted: true) : []
            return try told(warnings, frame)
        case .insert(let insert):
            var warnings: [String] = []
            if insert.isStreaming {
                warnings = try add(insert.writer(), insert.frame, insert.table.lowercased(), isPrinted: false)
            } else {
                try insert.check()
            }
            insert.define()
            return try told(warnings, insert.frame)
        }
    }

    private func told(_ warnings: [String], _ frame: DataFrame) throws -> String {
        warnings.map { "-- warning: \($0)\n" }.joined() + (try frame.explained("simple"))
    }

    // MARK: Streams

    /// Forgets the streams that have run: the next ones are the first again.
    func forgetStreams() { streams = [] }

    /// Starts all streams and waits until they have ended. A failure of one ends the others after their batches.
    func runStreams() async throws -> ExitCode {
        guard !streams.isEmpty else { return .done }
        log.setUsual(streams.contains(where: \.isPrinted) ? .warning : .info)
        let group = StreamGroup(log: log)
        if case .shell(isInteractive: true) = use { Signals.atInterrupts { group.requestStop(isSignal: false) } }
        Signals.whenAsked { group.requestStop(isSignal: true) }
        for stream in streams {
            let writer = stream.writer.sharingMemory(among: streams.count)
            guard try await group.start(writer, named: stream.name) else { break }
        }
        try await group.waitForEnd()
        return .done
    }
}

/// Names as parts of paths.
enum FolderName {
    /// The name, with everything that isn't a letter, a digit, `-` or `_` of ASCII as `%` and two digits.
    static func of(_ name: String) -> String {
        name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-_".contains(character) {
                return String(character)
            }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
