// Package script finds whom an output belongs to, and reads files of outputs.
//
// # Contract
//
// An output belongs to the address that its script pays: a key's hash (of P2PKH, and of
// P2PK, whose key is hashed), a script's, or a witness program. Any other script (bare
// multisig, data, nonstandard) stands for itself as [Hash].
//
// # Example
//
//	owner := script.Owner(chain.Bitcoin, output.Script)
package script

import (
	"crypto/sha256"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"golang.org/x/crypto/ripemd160" //lint:ignore SA1019 addresses are defined by this hash
)

// Hash stands for a script that pays no address: a zero byte and the first twenty
// bytes of its SHA-256.
func Hash(script []byte) ledger.Address {
	sum := sha256.Sum256(script)
	return ledger.Address("\x00" + string(sum[:20]))
}

// Opcodes.
const (
	opDup         = 0x76
	opEqual       = 0x87
	opEqualVerify = 0x88
	opHash160     = 0xa9
	opHash256     = 0xaa
	opCheckSig    = 0xac
	op1           = 0x51
	op16          = 0x60
)

// Owner is whom an output with that script belongs to.
func Owner(id chain.ID, script []byte) ledger.Address {
	kind, b := program(script)
	if kind != 0 {
		if a, err := chain.Make(id, kind, b); err == nil {
			return ledger.AddressOf(a)
		}
	}
	return Hash(script)
}

// program finds the address in a script; kind 0 if it is of no known form.
func program(s []byte) (kind chain.Kind, b []byte) {
	n := len(s)
	switch {
	case n == 25 && s[0] == opDup && s[1] == opHash160 && s[2] == 20 && s[23] == opEqualVerify && s[24] == opCheckSig:
		return chain.KeyHash, s[3:23]
	case n == 23 && s[0] == opHash160 && s[1] == 20 && s[22] == opEqual:
		return chain.ScriptHash, s[2:22]
	case n == 35 && s[0] == opHash256 && s[1] == 32 && s[34] == opEqual:
		return chain.ScriptHash, s[2:34] // Bitcoin Cash alone has it
	case n == 35 && s[0] == 33 && s[34] == opCheckSig && (s[1] == 2 || s[1] == 3):
		return chain.KeyHash, hash160(s[1:34])
	case n == 67 && s[0] == 65 && s[66] == opCheckSig && (s[1] == 4 || s[1] == 6 || s[1] == 7):
		return chain.KeyHash, hash160(s[1:66])
	case n >= 4 && n <= 42 && int(s[1]) == n-2 && s[0] == 0:
		return chain.Witness, s[2:]
	case n >= 4 && n <= 42 && int(s[1]) == n-2 && s[0] >= op1 && s[0] <= op16:
		return chain.Witness + chain.Kind(s[0]-op1+1), s[2:]
	}
	return 0, nil
}

// hash160 is RIPEMD-160 of SHA-256.
func hash160(b []byte) []byte {
	sum := sha256.Sum256(b)
	h := ripemd160.New()
	h.Write(sum[:])
	return h.Sum(nil)
}
