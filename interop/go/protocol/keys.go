package protocol

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// Keys are those of keys.json, by name.
type Keys map[string]Key

// Key is an entry of keys.json.
type Key struct {
	Algorithm  string
	KeyID      string
	Secret     []byte
	PrivatePem string
	PublicPem  string
}

// Private gives the secret, or the private key as crypto/x509 has it. Its error is that of the platform.
func (k Key) Private() (any, error) {
	if k.Secret != nil {
		return k.Secret, nil
	}
	block, _ := pem.Decode([]byte(k.PrivatePem))
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

// Public gives the secret, or the public key as crypto/x509 has it. Its error is that of the platform.
func (k Key) Public() (any, error) {
	if k.Secret != nil {
		return k.Secret, nil
	}
	block, _ := pem.Decode([]byte(k.PublicPem))
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// SignatureLength is in bytes.
func (k Key) SignatureLength() int {
	public, err := k.Public()
	Must(err)
	switch key := public.(type) {
	case *rsa.PublicKey:
		return key.Size()
	case *ecdsa.PublicKey:
		return 2 * ((key.Params().BitSize + 7) / 8)
	case []byte:
		return 32
	default:
		return 64
	}
}

// Known finds the key that a signature names; without a name, the only one that the verifier knows.
func (k Keys) Known(names []string, keyID string) (Key, error) {
	for _, name := range names {
		if k[name].KeyID == keyID || (keyID == "" && len(names) == 1) {
			return k[name], nil
		}
	}
	return Key{}, fmt.Errorf("unknown key %q", keyID)
}
