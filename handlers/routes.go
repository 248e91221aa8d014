package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"agcrm-google/assets"
)

// mount names every URL of the service and the order of what each request
// passes through, outermost first.
func (s *server) mount(e *echo.Echo) {
	e.HTTPErrorHandler = s.refuse // what fails before a session is open
	e.Use(
		s.record,     // request id, log, metrics; a panic becomes an error
		s.harden,     // security headers on every answer
		s.sameOrigin, // POSTs from other sites end here
		s.limitBody,  // no more than a form is read
	)
	e.GET("/", s.toRoot)
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/metrics", s.serveMetrics)
	e.GET(assets.Prefix+"*", echo.WrapHandler(assets.Handler()))
	e.POST(root+"/webhook", s.webhook)

	pages := e.Group(root,
		echo.WrapMiddleware(s.sessions.LoadAndSave),
		s.identify, // who it is, in which language
		s.explain,  // errors become pages while the session is open
	)
	pages.GET("", s.home)
	pages.GET("/", s.home)
	pages.GET("/login", s.loginForm)
	pages.POST("/login", s.login)
	pages.POST("/logout", s.logout)
	pages.GET("/AuthCallback/IndexAsync", s.callback)
	pages.GET("/AuthCallback", s.callback)

	own := pages.Group("", s.signedIn)
	own.GET("/schedule", s.schedule)
	own.GET("/schedule/new", s.newAppointment)
	own.GET("/schedule/rule", s.ruleSentence)
	own.POST("/schedule", s.createAppointment)
	own.GET("/schedule/:id", s.showAppointment)
	own.POST("/schedule/:id", s.updateAppointment)
	own.POST("/schedule/:id/delete", s.deleteAppointment)
	own.GET("/profile", s.profile)
	own.POST("/profile", s.saveProfile, s.freshCalendars)
	own.POST("/profile/password", s.changePassword)
	own.POST("/profile/link", s.startLink)
	own.POST("/profile/link/paste", s.pasteLink)
	own.GET("/profile/preview", s.preview, s.freshCalendars)
	own.POST("/profile/sync", s.syncNow, s.freshCalendars)
	own.GET("/profile/unlink", s.unlinkPreview)
	own.POST("/profile/unlink", s.unlink)
	own.GET("/profile/progress", s.progress)
	own.POST("/profile/notices/:id/dismiss", s.dismissNotice)
	own.GET("/held", s.ownHeld)
	own.POST("/held", s.decideAllHeld)
	own.GET("/held/confirm", s.confirmHeld)
	own.POST("/held/:id", s.decideHeld)
	own.GET("/history", s.history)
	own.POST("/history/:id/restore", s.restore)

	admin := pages.Group("/settings", s.signedIn, s.administrator)
	admin.GET("", s.toGroupware)
	admin.GET("/groupware", s.groupware)
	admin.POST("/groupware", s.saveGroupware)
	admin.POST("/groupware/test", s.testGroupware)
	admin.GET("/links", s.links)
	admin.GET("/links.csv", s.linksCSV)
	admin.POST("/links/:user/pause", s.pauseLink)
	admin.POST("/links/:user/resume", s.resumeLink)
	admin.POST("/links/:user/sync", s.syncLink)
	admin.POST("/links/:user/remove", s.removeLink)
	admin.GET("/held", s.allHeld)
	admin.GET("/users", s.users)
	admin.GET("/history", s.allHistory)
	admin.GET("/system", s.system)
}

func (s *server) toRoot(c echo.Context) error {
	return c.Redirect(http.StatusFound, root+"/")
}

func (s *server) toGroupware(c echo.Context) error {
	return c.Redirect(http.StatusFound, root+"/settings/groupware")
}

// home leads to the schedule, or to the login.
func (s *server) home(c echo.Context) error {
	if !pageOf(c).SignedIn() {
		return c.Redirect(http.StatusFound, root+"/login")
	}
	return c.Redirect(http.StatusFound, root+"/schedule")
}
