// Package follow traces thefts over a ledger.
package follow
