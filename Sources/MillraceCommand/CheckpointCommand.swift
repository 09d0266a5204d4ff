// `millrace checkpoint show` and `millrace checkpoint verify`: for people who have to know what a query has done.

import Millrace

/// Looks into checkpoints.
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
        if let last = summary.batches.last, !last.isCommitted {
            lines.append("under way   batch \(last.id), or left for the next start to finish")
        }
        for batch in summary.batches.suffix(batchCount) {
            lines.append("batch \(batch.id)  \(batch.timestamp)  \(batch.isCommitted ? "committed" : "planned")")
            for range in batch.sources {
                lines += ["  \(range.source)", "    from \(range.start)", "    to   \(range.end)"]
            }
        }
        return lines.map { "\($0)\n" }.joined()
    }
}
