package settings

import "testing"

func TestAnAddressAsItIsCalledFromHere(t *testing.T) {
	for addr, want := range map[string]string{":8080": "localhost:8080", "0.0.0.0:80": "localhost:80",
		"[::]:8080": "localhost:8080", "127.0.0.1:8080": "127.0.0.1:8080", "pc7.school.example:80": "pc7.school.example:80",
		"": ""} {
		if got := Local(addr); got != want {
			t.Errorf("Local(%q) = %q, want %q", addr, got, want)
		}
	}
}
