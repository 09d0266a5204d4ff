// What `millrace --version` says.

import Millrace

enum VersionText {
    static func text(isVerbose: Bool) -> String {
        let first = "millrace \(MillraceVersion.current)"
        guard isVerbose else { return first }
        return ([first] + MillraceVersion.components.map { "\($0.name): \($0.version)" }).joined(separator: "\n")
    }
}
