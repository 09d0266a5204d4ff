// A place for rows outside of memory that is in memory: for tests.

import Columns
import StateStore
import Synchronization

/// Entries in a sorted array. Can be told to fail.
package final class MemorySpill: SpillStorage {
    private struct State {
        var entries: [(key: [UInt8], value: [UInt8])] = []
        var callsUntilFailure: Int?
        var largestAnswer = 0
        var isAskedInOrder = true

        mutating func count() throws(StateStoreError) {
            guard let left = callsUntilFailure else { return }
            callsUntilFailure = left - 1
            if left <= 0 { throw .spill("told to fail") }
        }

        /// The place of a key, or where it would be.
        func place(of key: [UInt8]) -> (index: Int, isFound: Bool) {
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
            }
            return (low, low < entries.count && entries[low].key == key)
        }
    }

    private let state = Mutex(State())

    /// No entries.
    package init() {}

    /// The most bytes of values that one call has given.
    package var largestAnswer: Int { state.withLock { $0.largestAnswer } }

    /// Whether all keys that were looked up with one call stood in order.
    package var isAskedInOrder: Bool { state.withLock { $0.isAskedInOrder } }

    /// Fails after so many more calls, and from then on; `nil` never fails.
    package func fail(afterCalls count: Int?) { state.withLock { $0.callsUntilFailure = count } }

    package func values(of keys: ColumnVector, byteCount: Int) throws(StateStoreError) -> ColumnVector {
        try state.withLock { (state) throws(StateStoreError) in
            try state.count()
            var builder = BytesBuilder(type: .binary)
            while builder.count < keys.count, builder.byteCount < byteCount || builder.count == 0 {
                let key = Array(keys.run(builder.count))
                if builder.count > 0, key.lexicographicallyPrecedes(Array(keys.run(builder.count - 1))) {
                    state.isAskedInOrder = false
                }
                let (index, isFound) = state.place(of: key)
                if isFound { builder.append(state.entries[index].value) } else { builder.appendNull() }
            }
            state.largestAnswer = max(state.largestAnswer, builder.byteCount)
            return builder.finish()
        }
    }

    package func write(_ changes: SpillChanges) throws(StateStoreError) {
        try state.withLock { (state) throws(StateStoreError) in
            try state.count()
            for put in changes.puts {
                for row in 0..<put.keys.count {
                    let key = Array(put.keys.run(row))
                    let (index, isFound) = state.place(of: key)
                    if isFound { state.entries.remove(at: index) }
                    state.entries.insert((key, Array(put.values.run(row))), at: index)
                }
            }
            for keys in changes.removals {
                for row in 0..<keys.count {
                    let (index, isFound) = state.place(of: Array(keys.run(row)))
                    if isFound { state.entries.remove(at: index) }
                }
            }
        }
    }

    package func entries(
        from start: [UInt8], before end: [UInt8], maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> (keys: ColumnVector, values: ColumnVector) {
        try state.withLock { (state) throws(StateStoreError) in
            try state.count()
            var keys = BytesBuilder(type: .binary)
            var values = BytesBuilder(type: .binary)
            var bytes = 0
            for entry in state.entries[state.place(of: start).index...] {
                guard keys.count < maximumCount, bytes < byteCount || keys.count == 0,
                    entry.key.lexicographicallyPrecedes(end)
                else { break }
                keys.append(entry.key)
                values.append(entry.value)
                bytes += entry.key.count + entry.value.count
            }
            return (keys.finish(), values.finish())
        }
    }

    package func entries(
        withPrefixes prefixes: ColumnVector, from place: SpillPlace, maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> SpillScan {
        var keys = BytesBuilder(type: .binary)
        var values = BytesBuilder(type: .binary)
        var bytes = 0
        for row in place.prefix..<prefixes.count {
            let prefix = Array(prefixes.run(row))
            let start = row == place.prefix && !place.key.isEmpty ? place.key : prefix
            let found = try entries(
                from: start, before: prefix + [255], maximumCount: .max, byteCount: .max)
            for index in 0..<found.keys.count {
                let (key, value) = (found.keys.run(index), found.values.run(index))
                if keys.count > 0, keys.count >= maximumCount || bytes >= byteCount {
                    let next = SpillPlace(prefix: row, key: Array(key))
                    return SpillScan(keys: keys.finish(), values: values.finish(), next: next)
                }
                keys.append(Array(key))
                values.append(Array(value))
                bytes += key.count + value.count
            }
        }
        return SpillScan(keys: keys.finish(), values: values.finish(), next: nil)
    }

    package func lastKey(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        try state.withLock { (state) throws(StateStoreError) in
            try state.count()
            let index = state.place(of: end).index
            guard index > 0, !state.entries[index - 1].key.lexicographicallyPrecedes(start) else { return nil }
            return state.entries[index - 1].key
        }
    }

    package func removeAll(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) {
        try state.withLock { (state) throws(StateStoreError) in
            try state.count()
            state.entries.removeAll {
                !$0.key.lexicographicallyPrecedes(start) && $0.key.lexicographicallyPrecedes(end)
            }
        }
    }

    package func close() { state.withLock { $0.entries = [] } }
}
