// `millrace checkpoint show`, `verify` and `reshard`: for people who have to know what a query has done, or to divide
// its state anew.

import Millrace

/// Looks into checkpoints, and divides their state.
enum CheckpointCommand {
    static let show = CommandSpecification(
        name: "checkpoint show",
        summary: "Shows what a checkpoint holds: query, plan, the last batches and their offsets.",
        discussion: """
            Shows the query that a checkpoint belongs to, and its last batches with the offsets that they read.
            Changes nothing, and may be used while the query runs.
            """,
        options: [
            OptionSpecification("batches", "number", "How many batches to show, the last ones.", defaultValue: "3")
        ],
        arguments: ["directory"],
        run: { arguments in
            let count = try arguments.integer("batches", in: 0...1_000_000) ?? 3
            let summary = try CheckpointDirectory(arguments.positional[0]).summary()
            Output.write(text(summary, batchCount: count))
            return .done
        })

    static let verify = CommandSpecification(
        name: "checkpoint verify",
        summary: "Reads every file of a checkpoint that is needed, and says whether it is whole.",
        discussion: """
            Reads the metadata, the log and the state of the last committed batch from end to end, and checks their
            checksums and the hash of the state. Changes nothing, and may be used while the query runs. Ends with 65
            where something is damaged or missing. Whether Kafka agrees with the checkpoint is looked at when the
            query starts.
            """,
        options: [],
        arguments: ["directory"],
        run: { arguments in
            let found = try CheckpointDirectory(arguments.positional[0]).verify()
            let lines =
                found.whole.map { "ok    \($0)" } + found.notes.map { "note  \($0)" } + ["the checkpoint is whole"]
            Output.write(lines.map { "\($0)\n" }.joined())
            return .done
        })

    static let reshard = CommandSpecification(
        name: "checkpoint reshard",
        summary: "Divides the state of a stopped query into another number of shards.",
        discussion: """
            Writes the state of the checkpoint anew, divided into another number of shards, and removes the old one. The
            query goes on after it with the same answers: what it has delivered, and where it stands, stay as they are.
            The query must be stopped; one that runs is left alone, and the command ends with 75. A crash at any point
            leaves the old state or the new one. While it runs, the state is on disk twice.
            """,
        options: [
            OptionSpecification("shards", "number", "Into how many shards, from 1 to 4096.", isRequired: true)
        ],
        arguments: ["directory"],
        run: { arguments in
            let count = try arguments.integer("shards", in: 1...4096) ?? 1
            let done = try CheckpointDirectory(arguments.positional[0]).reshard(shards: count)
            Output.write(text(done))
            return .done
        })

    /// What was done, as people read it.
    static func text(_ done: ReshardSummary) -> String {
        guard done.oldShardCount != done.newShardCount else {
            return "the state has \(done.newShardCount) shards already: nothing was changed\n"
        }
        let place = done.batch.map { "after batch \($0)" } ?? "before the first batch"
        let head = "divided    the state \(place) from \(done.oldShardCount) into \(done.newShardCount) shards"
        let lines = done.operators.map { one in
            "\(one.name)  \(one.rows) rows, \(one.bytes) bytes, \(one.shardCount) "
                + (one.shardCount == 1 ? "shard" : "shards")
        }
        return ([head] + (lines.isEmpty ? ["the query keeps no state yet"] : lines)).map { "\($0)\n" }.joined()
    }

    /// The summary as people read it.
    static func text(_ summary: CheckpointSummary, batchCount: Int) -> String {
        var lines = [
            "query       \(summary.queryName ?? "(no name)"), id \(summary.queryID)",
            "made by     \(summary.engine)",
            "state       \(summary.shardCount) shards",
            "plan",
        ]
        lines += summary.plan.split(separator: "\n").map { "  \($0)" }
        let committed = summary.batches.last(where: \.isCommitted)
        lines.append("committed   \(committed.map { "batch \($0.id)" } ?? "nothing yet")")
        for (name, rows) in summary.stateRows.sorted(by: { $0.key < $1.key }) {
            lines.append("  state of \(name): \(rows) \(rows == 1 ? "row" : "rows")")
        }
        if let failure = summary.stateFailure { lines.append("  state: how many rows is unknown: \(failure)") }
        if let last = summary.batches.last, !last.isCommitted {
            lines.append("under way   batch \(last.id), or left for the next start to finish")
        }
        for batch in summary.batches.suffix(batchCount) {
            lines.append("batch \(batch.id)  \(batch.timestamp)  \(batch.isCommitted ? "committed" : "planned")")
            for (name, time) in batch.watermarks.sorted(by: { $0.key < $1.key }) {
                lines.append("  watermark \(time)  \(name)")
            }
            for range in batch.sources {
                lines += ["  \(range.source)", "    from \(range.start)", "    to   \(range.end)"]
            }
        }
        return lines.map { "\($0)\n" }.joined()
    }
}
