// How a query's memory is divided, and what is refused.

import Testing

@testable import Millrace

@Suite struct MemorySharesTests {
    @Test("the parts fit into the whole, with room for the program", arguments: [128, 200, 512, 2048, 65536])
    func parts(mebibytes: Int) throws {
        let total = mebibytes << 20
        let shares = try MemoryShares(of: total)
        #expect(shares.prefetchBytes > 0 && shares.stateBytes > 0 && shares.batchBytes > 0)
        #expect(shares.prefetchBytes <= 256 << 20)
        #expect(shares.prefetchBytes + shares.stateBytes + shares.batchBytes <= total - (48 << 20))
    }

    @Test("a state of its own size takes nothing from the others")
    func ownState() throws {
        let shares = try MemoryShares(of: 1 << 30, stateBytes: 100)
        #expect(shares.stateBytes == 100)
        #expect(shares.batchBytes == (try MemoryShares(of: 1 << 30)).batchBytes)
    }

    @Test("too little is refused with what would do, before anything is made")
    func little() async throws {
        var configuration = SessionConfiguration.quiet
        configuration.memoryBytes = 100 << 20
        let session = Session(appName: "test", configuration: configuration)
        let writer = session.readStream.format("rate").load().writeStream.format("noop")
        let error = await #expect(throws: MillraceError.self) { try await writer.start() }
        #expect(error?.code == "INVALID_OPTION")
        #expect(error?.hint?.contains("128 MiB") == true)
    }

    @Test(arguments: [(5, "5 bytes"), (1024, "1 KiB"), (1536 << 20, "1.5 GiB"), (23 << 30, "23 GiB")])
    func texts(bytes: Int, expected: String) { #expect(ByteCountText.text(bytes) == expected) }
}
