// Package truth holds tests alone: what tracing finds in flows that others followed by
// hand and published (MFTracer's ground truth, five cases of Ethereum). Most of them
// need the folder of real files that SHARED names, and are skipped without it:
//
//	SHARED=../shared go test ./trace/truth -run Shared -v
package truth
