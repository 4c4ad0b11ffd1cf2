package models

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// NewSigningSecret is 32 random bytes as Standard Webhooks writes them.
func NewSigningSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, says its documentation
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// SecretFingerprint tells secrets apart without telling them.
func SecretFingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
