// The state's steps as places where tests end the process.

import Connectors
import StateStore

extension StateStoreOptions {
    /// The same options, with the steps of the store as crash points. Where a test waits for a snapshot, snapshots come
    /// soon and in small pieces.
    var withCrashPoints: StateStoreOptions {
        var options = self
        options.reach = { CrashPoint.reach($0.crashPoint) }
        if CrashPoint.isAwaited(.snapshotSectionWritten) || CrashPoint.isAwaited(.snapshotPublished) {
            options.maximumReplayVersions = 2
            options.sliceBytes = 64
        }
        return options
    }
}

extension StateStep {
    fileprivate var crashPoint: CrashPoint {
        switch self {
        case .changesEncoded: .stateEncoded
        case .changesWritten: .stateWritten
        case .snapshotSectionWritten: .snapshotSectionWritten
        case .snapshotPublished: .snapshotPublished
        case .loaded: .stateLoaded
        case .filesRemoved: .stateFilesRemoved
        }
    }
}
