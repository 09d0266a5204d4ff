// What a start decides, from what checkpoint, sink and state store say.

import CheckpointLog
import Connectors
import DurableFiles
import JSONText
import StateStore

extension StartDecision {
    /// The decision as the log tells it.
    var inWords: String {
        switch self {
        case .startNew, .commitFirstMarker: "new, begins with batch 0"
        case .continueAfter(let batch): "goes on after batch \(batch)"
        case .recommitMarkerThenContinue(let batch): "goes on after batch \(batch), whose marker is gone"
        case .adopt(let batch, _): "batch \(batch) was delivered before the stop: takes its state over and goes on"
        case .rerun(let batch): "batch \(batch) was planned and not delivered: runs it again"
        case .rerunWithoutOutput(let batch): "batch \(batch) is taken for delivered, as asked: runs it without output"
        case .fail(let failure): "can't start: \(failure.message)"
        }
    }
}

extension QueryExecution {
    /// A source's offset under its name.
    typealias SourceOffset = (name: String, offset: JSONValue)

    /// Offsets of sources as positions that a transaction can hold. Where two sources read the same partition, what
    /// counts is what both have read: tools then show the lag of the slower one.
    func positions(_ offsets: [SourceOffset]) -> [LogPosition] {
        if definition.sources.count == 1, let source = definition.sources.first {
            guard let offset = offsets.first(where: { $0.name == sourceNames[0] })?.offset else { return [] }
            return source.logPositions(at: offset).sorted { ($0.log, $0.partition) < ($1.log, $1.partition) }
        }
        var lowest: [String: LogPosition] = [:]
        for (source, name) in zip(definition.sources, sourceNames) {
            guard let offset = offsets.first(where: { $0.name == name })?.offset else { continue }
            for position in source.logPositions(at: offset) {
                if let other = lowest[position.place], other.offset <= position.offset { continue }
                lowest[position.place] = position
            }
        }
        return lowest.values.sorted { ($0.log, $0.partition) < ($1.log, $1.partition) }
    }

    /// Reads the facts together and decides by the table.
    func decide(
        _ recovered: RecoveredLog, _ marker: SinkMarker?, _ initial: [SourceOffset], checkpoint: CheckpointMetadata?,
        stateDirectory: String,
        sink: SinkDriver, state: StateStore, queryID: String
    ) throws -> StartDecision {
        var found = StartFacts.Marker.none
        var parsed: TransactionMarker?
        if let marker {
            do {
                let text = try TransactionMarker.parse(marker.text)
                parsed = text
                let logged = positions(atEndOf: text.batch, recovered, initial)
                found = .found(
                    text, offsetsMatch: marker.matches(logged), missingFrom: marker.places(missingOf: logged ?? []))
            } catch {
                found = .unreadable("the marker '\(marker.text.prefix(200))' can't be read: \(error)")
            }
        }
        let commit = recovered.lastCommit
        let lastMarker = recovered.lastMarkerMilliseconds ?? checkpoint?.createdMilliseconds
        var facts = StartFacts(
            queryID: queryID, isNew: checkpoint == nil, lastPlanned: recovered.lastPlan?.batch,
            lastCommitted: commit?.batch, committedAttempt: commit?.attempt, marker: found,
            state: try availability(of: state, in: stateDirectory, marker: parsed, commit: commit),
            sinkIsTransactional: sink.isTransactional && !Mutant.noMarker.isActive,
            onMarkerLost: definition.settings.onMarkerLost,
            markerAgeMilliseconds: lastMarker.map { nowMilliseconds - $0 } ?? 0,
            markerRetentionMilliseconds: sink.markerRetentionMilliseconds, keepsMarkers: sink.keepsMarkers,
            toleratesDataLoss: definition.toleratesDataLoss)
        if Mutant.noFirstMarker.isActive, marker == nil, commit == nil { facts.onMarkerLost = .replay }
        return StartDecision.decide(facts)
    }

    /// Where the log says that a batch ended, or the query began; `nil` where it doesn't tell.
    private func positions(
        atEndOf batch: Int64, _ recovered: RecoveredLog, _ initial: [SourceOffset]
    ) -> [LogPosition]? {
        if batch == TransactionMarker.firstBatch { return positions(initial) }
        let plans = [recovered.lastPlan, recovered.lastCommittedPlan].compactMap { $0 }
        return plans.first { $0.batch == batch }.map { positions($0.sources.map { ($0.name, $0.end) }) }
    }

    private func availability(
        of state: StateStore, in directory: String, marker: TransactionMarker?, commit: CommitEntry?
    ) throws -> StartFacts.StateAvailability {
        let version: (batch: Int64, attempt: String, hash: String?)
        if let marker, marker.batch != TransactionMarker.firstBatch {
            version = (marker.batch, marker.attempt, marker.manifestHash)
        } else if let commit {
            version = (commit.batch, commit.attempt, commit.manifestHash)
        } else {
            // Nothing is committed yet. A first batch that was under way may have left its state.
            return try StateVersions.exist(in: directory, disk: disk) ? .unexplained : .present
        }
        if Mutant.noManifestHash.isActive { return .present }
        guard let hash = version.hash else { return .missing }
        let isThere = try state.contains(version: Int(version.batch) + 1, attempt: version.attempt, hash: hash)
        return isThere ? .present : .missing
    }
}

extension SinkMarker {
    /// Whether its offsets are those of `logged`, where it has any and the log tells.
    fileprivate func matches(_ logged: [LogPosition]?) -> Bool? {
        guard let logged, !logged.isEmpty, !positions.isEmpty else { return nil }
        return positions.allSatisfy { logged.contains($0) }
    }
}

/// Whether a state directory holds anything that a batch has left.
enum StateVersions {
    static func exist(in directory: String, disk: any Disk) throws -> Bool {
        try disk.exists(directory) && disk.list(directory).contains { !$0.hasSuffix(".tmp") }
    }

    /// Whether there is state, and a log without a batch: parts of a checkpoint are lost.
    static func isUnexplained(by log: RecoveredLog, in directory: String, disk: any Disk) throws -> Bool {
        try log.lastPlan == nil && log.lastCommit == nil && exist(in: directory, disk: disk)
    }
}
