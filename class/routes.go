package class

import "net/http"

// Routes adds all calls of a class.
func Routes(mux *http.ServeMux, g Guards, p *People, c *Class, plan Plan) {
	mux.Handle("POST /api/auth/teacher", g.Public(p.handleTeach))
	mux.Handle("PATCH /api/auth/me", g.Authed(p.handleRename))
	mux.Handle("POST /api/auth/password", g.Authed(p.handlePassword))

	mux.Handle("GET /api/people", g.Teacher(p.handleList))
	mux.Handle("PATCH /api/people/{user_id}", g.Teacher(p.handleChange))
	mux.Handle("DELETE /api/people/{user_id}/messages", g.Teacher(p.handleSilence))
	mux.Handle("DELETE /api/chat/messages/{message_id}", g.Authed(p.handleDeleteMessage))

	mux.Handle("GET /api/class", g.Public(c.handleClass))
	mux.Handle("PATCH /api/class", g.Teacher(c.handlePatchClass))
	mux.Handle("GET /api/class/roster", g.Teacher(c.handleRoster))
	mux.Handle("PUT /api/class/roster", g.Teacher(c.handlePutRoster))
	mux.Handle("DELETE /api/class/roster/{name}/claim", g.Teacher(c.handleFree))
	mux.Handle("GET /api/polls/{poll_id}/ballots", g.Teacher(c.handleBallots))
	mux.Handle("GET /api/class/scores", g.Public(c.handleScores))
	mux.Handle("GET /api/class/export", g.Teacher(c.handleExport))
	mux.Handle("POST /api/class/new", g.Teacher(c.handleNew))

	mux.Handle("GET /api/class/plan", g.Teacher(plan.handlePlan))
	mux.Handle("PUT /api/class/plan", g.Teacher(func(w http.ResponseWriter, r *http.Request, u User) error {
		return plan.handleChange(w, r, u, true)
	}))
	mux.Handle("POST /api/class/plan", g.Teacher(func(w http.ResponseWriter, r *http.Request, u User) error {
		return plan.handleChange(w, r, u, false)
	}))
}
