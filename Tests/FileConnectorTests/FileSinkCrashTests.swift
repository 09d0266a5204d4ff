// The power goes at every operation of a sink of files: each batch counts once, whole, or not at all.

import Columns
import Connectors
import DurableFiles
import Testing

@testable import FileConnector

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct FileSinkCrashTests {
    private static let last: Int64 = 10
    private static let columns = schema(("k", .string), ("n", .long))

    private func batch(_ number: Int64) throws -> [RecordBatch] {
        // Some batches have no rows.
        if number % 5 == 4 { return [] }
        return try picture("k:T n:I\na \(number)\n\(number % 4 == 0 ? "b" : "a") \(number)\na \(number)")
    }

    /// What the manifest's files hold, by batch, and which files there are that it doesn't name.
    private func content(_ disk: FaultyDisk) throws -> (rows: [Int64: Int], others: [String]) {
        guard try FileManifest.exists(in: "/out", disk: disk) else { return ([:], []) }
        var rows: [Int64: Int] = [:]
        let entries = try FileManifest(directory: "/out", disk: disk).entries()
        for entry in entries {
            let bytes = try #require(disk.content(of: entry.path), "\(entry.path) is gone")
            #expect(Int64(bytes.count) == entry.size)
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                let number = try #require(Int64(line.dropFirst(5).dropLast()), "\(line)")
                rows[number, default: 0] += 1
            }
        }
        let named = Set(entries.map { String($0.path.dropFirst("/out/".count)) })
        return (rows, try files(below: "/out", disk).filter { !named.contains($0) })
    }

    private func run(
        _ disk: FaultyDisk, to last: Int64, _ progress: inout (begun: Int64, done: Int64)
    ) throws {
        var (begun, done) = progress
        defer { progress = (begun, done) }
        try sink(["path": "/out"], partitionBy: ["k"], columns: Self.columns, disk: disk)
            .run(to: last, rows: batch, begun: { begun = max(begun, $0) }, done: { done = max(done, $0) })
    }

    private func expected(_ last: Int64) -> [Int64: Int] {
        guard last >= 0 else { return [:] }
        return Dictionary(uniqueKeysWithValues: (0...last).filter { $0 % 5 != 4 }.map { ($0, 3) })
    }

    @Test("a power cut, or a kill, at each operation, and once more in the start that follows")
    func powerCutAnywhere() throws {
        let survivals: [FaultyDisk.Survival] = [.nothing, .everything] + (1...3).map { .some(seed: $0) }
        for (number, survival) in survivals.enumerated() {
            // By the toss of a coin in the batches around the one that says all anew, elsewhere in all of them.
            let before: Int64 = number < 2 ? -2 : 7
            var operation = 0
            var finished = false
            while !finished {
                operation += 1
                let disk = FaultyDisk()
                var progress: (begun: Int64, done: Int64) = (-2, -2)
                if before > -2 { try run(disk, to: before, &progress) }
                disk.inject(.powerCut, at: disk.operationCount + operation)
                do {
                    try run(disk, to: Self.last, &progress)
                    finished = true
                } catch {}
                disk.restart(survival)
                let what: Comment =
                    "cut at \(operation), \(String(describing: survival)): \(String(describing: progress))"
                let found = try content(disk).rows
                let counted = found == expected(progress.done) || found == expected(progress.begun)
                #expect(counted, what)
                disk.inject(.powerCut, at: disk.operationCount + 1 + operation % 19)
                var again = progress
                try? run(disk, to: Self.last, &again)
                disk.restart(survival)
                #expect(again.done >= progress.done, what)
                try run(disk, to: Self.last, &again)
                let end = try content(disk)
                #expect(end.rows == expected(Self.last), what)
                // A kill leaves nothing that the next start doesn't find; a power cut may.
                if survival == .everything { #expect(end.others == [], what) }
            }
            #expect(operation > 100)
        }
    }

    @Test("a kill at each operation, and a power cut when the next run is done: what that has found lasts, too")
    func killThenPowerCut() throws {
        var operation = 0
        var finished = false
        while !finished {
            operation += 1
            let disk = FaultyDisk()
            disk.inject(.powerCut, at: operation)
            var progress: (begun: Int64, done: Int64) = (-2, -2)
            do {
                try run(disk, to: 3, &progress)
                finished = true
            } catch {}
            disk.restartProcess()
            try run(disk, to: 3, &progress)
            disk.restart(.nothing)
            let end = try content(disk)
            #expect(end.rows == expected(3), "killed at \(operation)")
        }
    }

    @Test(
        "an error at each operation: the batch is not half there, and the next run goes on", arguments: [EIO, ENOSPC])
    func errorAnywhere(number: Int32) throws {
        var operation = 0
        var finished = false
        while !finished {
            operation += 1
            let disk = FaultyDisk()
            disk.inject(.error(number), at: operation)
            var progress: (begun: Int64, done: Int64) = (-2, -2)
            do {
                try run(disk, to: 3, &progress)
                finished = true
            } catch {}
            disk.clearFaults()
            let what: Comment = "error at \(operation)"
            let found = try content(disk).rows
            let counted = found == expected(progress.done) || found == expected(progress.begun)
            #expect(counted, what)
            try run(disk, to: 3, &progress)
            let end = try content(disk)
            #expect(end.rows == expected(3) && end.others == [], what)
        }
    }

    /// Goes on behind a manifest that was lost, with the batch that is to come.
    private func goOn(_ disk: FaultyDisk, with next: Int64) throws {
        let sink = try sink(["path": "/out"], partitionBy: ["k"], columns: Self.columns, disk: disk)
        defer { sink.close() }
        sink.resume(goesOnWithoutMarker: true)
        try sink.open()
        try sink.fence()
        guard try sink.lastMarker(candidates: []) == nil else { return }
        try sink.send(batchID: next, rows: batch(next), aside: .none, positions: [], expecting: nil)
        try sink.commit(marker(next))
    }

    @Test("a kill, or a power cut, at each operation of going on without a manifest, and once more in the next start")
    func goingOn() throws {
        for next in [11, 13, 18, 19] as [Int64] {
            let survivals: [FaultyDisk.Survival?] = next == 13 ? [nil, .nothing, .some(seed: 1)] : [nil]
            for survival in survivals {
                var operation = 0
                var finished = false
                while !finished {
                    operation += 1
                    let what: Comment = "batch \(next), \(String(describing: survival)) at \(operation)"
                    let disk = FaultyDisk()
                    var progress: (begun: Int64, done: Int64) = (-2, -2)
                    try run(disk, to: next - 1, &progress)
                    disk.restart(.everything)
                    for name in try disk.list("/out/_spark_metadata") {
                        disk.replace("/out/_spark_metadata/" + name, with: nil)
                    }
                    for first in [operation, 1 + operation % 13] {
                        disk.inject(.powerCut, at: disk.operationCount + first)
                        let isDone = (try? goOn(disk, with: next)) != nil
                        if first == operation { finished = isDone }
                        if let survival { disk.restart(survival) } else { disk.restartProcess() }
                    }
                    try goOn(disk, with: next)
                    try check(disk, next, isExact: survival == nil, what)
                }
                #expect(operation > 30)
            }
        }
    }

    /// Each row is there once; those of the last batch again for an attempt whose note the power has taken.
    private func check(_ disk: FaultyDisk, _ last: Int64, isExact: Bool, _ what: Comment) throws {
        var found = try content(disk)
        let wanted = expected(last)
        if !isExact, let rows = found.rows[last], let once = wanted[last], rows > once { found.rows[last] = once }
        #expect(found.rows == wanted, what)
        if isExact { #expect(found.others == [], what) }
        var progress = (begun: last, done: last)
        try run(disk, to: last + 2, &progress)
        let rows = try content(disk).rows
        #expect(rows[last + 2] == expected(last + 2)[last + 2], what)
    }
}
