// The lines of a connection that no committed batch has yet, by number.

import Columns
import Synchronization
import Threads

/// Lines as they came, in blocks, from the first that isn't committed. Filled by one thread, read by the query's, and
/// bounded: who fills it waits for room.
///
/// Lines are numbered from where the query goes on, which is known once it asks for its first range.
final class LineBuffer: Sendable {
    /// Lines that came together.
    private struct Block {
        /// How many lines of the connection there are up to its end.
        let end: Int64
        let rows: RecordBatch
        let bytes: Int

        var first: Int64 { end - Int64(rows.count) }
    }

    private struct State {
        var blocks: [Block] = []
        var bytes = 0
        /// Lines of this connection so far, and those of them that were dropped.
        var count: Int64 = 0
        var dropped: Int64 = 0
        /// The number of the connection's first line.
        var base: Int64?
        /// How many of the lines so far count, where no more do.
        var fixed: Int64?
        var wake: (@Sendable () -> Void)?
        var isClosed = false
    }

    private let schema: Schema
    /// Bytes of lines that are kept at most.
    let limit: Int
    private let now: (@Sendable () -> Int64)?
    private let state = Mutex(State())
    /// Tells of room.
    private let room = Signal()

    /// With `now` each line comes with that time.
    init(schema: Schema, limit: Int, now: (@Sendable () -> Int64)?) {
        self.schema = schema
        self.limit = max(limit, 1 << 16)
        self.now = now
    }

    /// Takes lines that came together; waits while there is no room. Returns false where nobody wants them any more.
    func add(_ lines: consuming BytesBuilder) -> Bool {
        let added = lines.count
        guard added > 0 else { return true }
        // Spark's reader makes Java texts of them.
        var columns = [Utf8Kernel.text(lines.finish())]
        if let now {
            var times = FixedBuilder<Int64>(type: .timestamp, capacity: added)
            let time = now()
            for _ in 0..<added { times.append(time) }
            columns.append(times.finish())
        }
        // What is held, and not what the lines are: few that come together have buffers, too.
        let size = columns.reduce(512) { $0 + $1.memoryBytes }
        let rows = RecordBatch(schema: schema, columns: columns, count: added)
        room.locked {
            while state.withLock({ $0.bytes > 0 && $0.bytes + size > limit && !$0.isClosed }) { room.wait() }
        }
        let (isWanted, wake) = state.withLock { state in
            guard !state.isClosed else { return (false, state.wake) }
            state.count += Int64(added)
            state.bytes += size
            state.blocks.append(Block(end: state.count, rows: rows, bytes: size))
            return (true, state.wake)
        }
        if isWanted { wake?() }
        return isWanted
    }

    /// Numbers the connection's lines from here on, unless they have numbers already. Returns the number behind the
    /// last line that counts, and that behind the last one.
    func begin(at first: Int64) -> (end: Int64, latest: Int64) {
        state.withLock { state in
            let base = state.base ?? first
            state.base = base
            return (base + (state.fixed ?? state.count), base + state.count)
        }
    }

    /// Lines that come from now on don't count.
    func fixEnd() { state.withLock { $0.fixed = $0.count } }

    /// The number behind the last line; `nil` where lines have no numbers yet.
    var end: Int64? { state.withLock { state in state.base.map { $0 + state.count } } }

    /// Lines by number; `nil` where they aren't all here.
    func rows(_ range: Range<Int64>) -> [RecordBatch]? {
        let known: (base: Int64, blocks: [Block])? = state.withLock { state in
            guard let base = state.base, range.lowerBound >= base + state.dropped,
                range.upperBound <= base + state.count
            else { return nil }
            return (base, state.blocks)
        }
        guard let (base, blocks) = known else { return nil }
        return blocks.compactMap { block in
            let part = range.clamped(to: (base + block.first)..<(base + block.end))
            if part.isEmpty { return nil }
            if part.count == block.rows.count { return block.rows }
            let places = part.map { Int32(truncatingIfNeeded: $0 - base - block.first) }
            return block.rows.selecting(Selection(places)).compacted()
        }
    }

    /// Drops whole blocks of lines before this one, and makes room.
    func drop(before line: Int64) {
        state.withLock { state in
            guard let base = state.base else { return }
            let gone = state.blocks.prefix { base + $0.end <= line }
            guard let last = gone.last else { return }
            state.dropped = last.end
            state.bytes -= gone.reduce(0) { $0 + $1.bytes }
            state.blocks.removeFirst(gone.count)
        }
        tellOfRoom()
    }

    func setArrivalHandler(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// No more lines are wanted: who waits for room goes on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wake = nil
        }
        tellOfRoom()
    }

    private func tellOfRoom() {
        // Who has looked and waits in a moment holds the lock until then.
        room.locked {}
        room.broadcast()
    }
}
