package googletest

import (
	"encoding/json"
	"slices"
)

// Client is an OAuth client as an administrator registers it in Google's
// console.
type Client struct {
	ID, Secret, ProjectID string
	RedirectURIs          []string
	// Testing is the consent screen's publishing status: only TestUsers may
	// consent, and refresh tokens die after 7 days.
	Testing   bool
	TestUsers []string
	// APIDisabled is a project in which nobody enabled the Calendar API.
	APIDisabled bool
}

// AddClient registers a client, replacing one of the same ID. Grants of an
// earlier one stay.
func (s *Server) AddClient(c Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.RedirectURIs = slices.Clone(c.RedirectURIs)
	c.TestUsers = slices.Clone(c.TestUsers)
	s.clients[c.ID] = &c
}

// RemoveClient deletes a client: its id is unknown from then on.
func (s *Server) RemoveClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, id)
}

// ClientSecretsJSON is the file that the console offers for download, with
// auth_uri and token_uri under root, or on Google's own hosts if root is
// empty. It is nil for a client that was never added.
func (s *Server) ClientSecretsJSON(clientID, root string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	client := s.clients[clientID]
	if client == nil {
		return nil
	}
	authURI, tokenURI := "https://accounts.google.com/o/oauth2/auth", "https://oauth2.googleapis.com/token"
	if root != "" {
		authURI, tokenURI = root+"/o/oauth2/auth", root+"/token"
	}
	file, err := json.Marshal(map[string]any{"web": clientSecrets{
		ClientID:     client.ID,
		ProjectID:    client.ProjectID,
		AuthURI:      authURI,
		TokenURI:     tokenURI,
		CertURL:      "https://www.googleapis.com/oauth2/v1/certs",
		ClientSecret: client.Secret,
		RedirectURIs: client.RedirectURIs,
	}})
	if err != nil {
		panic("googletest: client secrets: " + err.Error())
	}
	return file
}

// clientSecrets is the inside of the downloadable file, in its usual order.
type clientSecrets struct {
	ClientID     string   `json:"client_id"`
	ProjectID    string   `json:"project_id"`
	AuthURI      string   `json:"auth_uri"`
	TokenURI     string   `json:"token_uri"`
	CertURL      string   `json:"auth_provider_x509_cert_url"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris,omitempty"`
}
