# What a Windows has and Wine has not, as functions that ask the stand-in's model. Only function definitions are read.
# ConvertFrom-Json7, ConvertTo-Json7 and New-Object7 are the engine's own; the others of these names are those of Windows PowerShell 5.1.

function Invoke-Lab($what, $with = @{}) {
  $at = $env:VNETTUNE_LAB -split ':'
  $c = [Net.Sockets.TcpClient]::new($at[0], [int]$at[1])
  try {
    $ask = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json7 @{ what = $what; with = $with } -Depth 6 -Compress) + "`n")
    $c.GetStream().Write($ask, 0, $ask.Length)
    $a = [IO.StreamReader]::new($c.GetStream()).ReadToEnd() | ConvertFrom-Json7 -AsHashtable -DateKind String
  } finally { $c.Dispose() }
  if ($null -eq $a) { throw 'stand-in: no answer' }
  if ($a.error) { throw $a.error }
  $a
}

# A number of JSON as the CIM type of its property: the difference decides how text, comparisons and JSON come out.
function ConvertTo-Cim($value, $type) {
  if ($null -eq $value) { return $null }
  switch ($type) {
    'uint8' { return [byte]$value }
    'uint16' { return [uint16]$value }
    'uint32' { return [uint32]$value }
    'uint64' { return [uint64]$value }
    'boolean' { return [bool]$value }
    'datetime' { return [DateTime]::Parse("$value", [Globalization.CultureInfo]::InvariantCulture, 'RoundtripKind').ToLocalTime() }
    'string' { return "$value" }
    default { return $value }
  }
}

function Get-CimInstance {
  [CmdletBinding()] param([Parameter(Position = 0)][string]$ClassName, [string]$Namespace = 'root/cimv2', [string]$Filter)
  $a = Invoke-Lab class @{ name = $ClassName; namespace = $Namespace }
  if (-not $a.known) { Write-Error -Message 'Invalid class' -ErrorId 'HRESULT 0x80041010,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand' -Category MetadataError; return }
  foreach ($given in $a.objects) {
    $all = [ordered]@{}
    foreach ($name in $a.types.Keys) { $all[$name] = ConvertTo-Cim $given[$name] $a.types[$name] }
    $o = [pscustomobject]$all
    $list = @(foreach ($name in $a.types.Keys) { [pscustomobject]@{ Name = $name; Value = $all[$name]; CimType = $a.types[$name] } })
    $o.PSObject.Properties.Add([Management.Automation.PSNoteProperty]::new('CimInstanceProperties', $list))
    $ok = $true
    if ($Filter) {
      foreach ($part in $Filter -split '\s+AND\s+') {
        if ($part -notmatch "^\s*(\w+)\s*=\s*'?([^']*)'?\s*$") { throw "stand-in: filter $Filter is not played" }
        if (-not $o.PSObject.Properties[$Matches[1]]) { Write-Error -Message 'Invalid query' -ErrorId 'HRESULT 0x80041017'; return }
        if ("$($o.($Matches[1]))" -ne $Matches[2]) { $ok = $false }
      }
    }
    if ($ok) { $o }
  }
}

function Invoke-CimMethod {
  [CmdletBinding()] param([Parameter(Position = 0)][string]$ClassName, [Parameter(ValueFromPipeline)]$InputObject, [string]$MethodName, [Collections.IDictionary]$Arguments)
  process {
    switch ($MethodName) {
      'Create' { $a = Invoke-Lab create @{ line = "$($Arguments.CommandLine)" }; [pscustomobject]@{ ProcessId = [uint32]$a.pid; ReturnValue = [uint32]$a.code } }
      'Terminate' { [void](Invoke-Lab terminate @{ pid = [int]$InputObject.ProcessId }); [pscustomobject]@{ ReturnValue = [uint32]0 } }
      default { throw "stand-in: method $MethodName is not played" }
    }
  }
}

# Words for some numbers, as the module's own types print them.
function Get-NetTCPSetting {
  [CmdletBinding()] param()
  foreach ($t in (Invoke-Lab templates).templates) { [pscustomobject]@{ SettingName = $t.SettingName; CongestionProvider = $t.CongestionProvider } }
}

function Set-NetOffloadGlobalSetting {
  [CmdletBinding()] param([ValidateSet('Enabled', 'Disabled')][string]$PacketCoalescingFilter, [ValidateSet('Enabled', 'Disabled')][string]$NetworkDirect)
  foreach ($name in $PSBoundParameters.Keys) {
    if ('PacketCoalescingFilter', 'NetworkDirect' -notcontains $name) { continue }
    $a = Invoke-Lab offload @{ name = $name; data = $PSBoundParameters[$name] }
    if ($a.exit) { Write-Error -Message $a.output }
  }
}

function Get-NetTCPConnection {
  [CmdletBinding()] param([string]$State, [uint16]$LocalPort)
  $found = @((Invoke-Lab connections).connections | Where-Object { $_ -and (-not $State -or $_.State -eq $State) -and (-not $LocalPort -or $_.LocalPort -eq $LocalPort) })
  if (-not $found.Count) { Write-Error -Message "No MSFT_NetTCPConnection objects found with property 'LocalPort' equal to '$LocalPort'." -Category ObjectNotFound -ErrorId 'CmdletizationQuery_NotFound_LocalPort'; return }
  foreach ($c in $found) { [pscustomobject]@{ State = $c.State; LocalPort = [uint16]$c.LocalPort; AppliedSetting = $c.AppliedSetting } }
}

# Two objects of two classes, as the cmdlet gives them: an address and a route.
function Find-NetRoute {
  [CmdletBinding()] param([Parameter(Mandatory)][string]$RemoteIPAddress)
  $r = Invoke-Lab route @{ address = $RemoteIPAddress }
  [pscustomobject]@{ IPAddress = $r.source; InterfaceIndex = [uint32]$r.ifIndex }
  [pscustomobject]@{ DestinationPrefix = '0.0.0.0/0'; InterfaceIndex = [uint32]$r.ifIndex }
}

function Get-WinEvent {
  [CmdletBinding()] param([hashtable[]]$FilterHashtable, [long]$MaxEvents)
  if ($FilterHashtable[0].LogName -ne 'System' -or $FilterHashtable[0].Id -ne 6005 -or $MaxEvents -ne 1) { throw 'stand-in: only the newest event 6005 is played' }
  [pscustomobject]@{ RecordId = [long](Invoke-Lab event).start; Id = 6005 }
}

# --- the scheduled task ---
function New-ScheduledTaskTrigger {
  [CmdletBinding()] param([switch]$AtStartup, [switch]$Once, [DateTime]$At)
  [pscustomobject]@{ AtStartup = [bool]$AtStartup; Delay = $null; At = $(if ($Once) { $At.ToString('yyyy-MM-ddTHH:mm:sszzz', [Globalization.CultureInfo]::InvariantCulture) } else { '' }) }
}
function New-ScheduledTaskAction {
  [CmdletBinding()] param([Parameter(Position = 0)][string]$Execute, [Parameter(Position = 1)][string]$Argument, [string]$WorkingDirectory)
  [pscustomobject]@{ Execute = $Execute; Arguments = $Argument; WorkingDirectory = $WorkingDirectory }
}
function New-ScheduledTaskPrincipal {
  [CmdletBinding()] param([Parameter(Position = 0)][string]$UserId, [ValidateSet('None', 'Password', 'S4U', 'Interactive', 'Group', 'ServiceAccount', 'InteractiveOrPassword')][string]$LogonType, [ValidateSet('Limited', 'Highest')][string]$RunLevel)
  [pscustomobject]@{ UserId = $UserId; RunLevel = $RunLevel }
}
function New-ScheduledTaskSettingsSet {
  [CmdletBinding()] param([switch]$StartWhenAvailable, [switch]$AllowStartIfOnBatteries, [switch]$DontStopIfGoingOnBatteries, [TimeSpan]$ExecutionTimeLimit)
  [pscustomobject]@{ StartWhenAvailable = [bool]$StartWhenAvailable }
}
function Register-ScheduledTask {
  [CmdletBinding()] param([string]$TaskPath, [Parameter(Position = 0)][string]$TaskName, [object[]]$Trigger, [object[]]$Action, $Principal, $Settings, [switch]$Force)
  if ($Principal.UserId -ne 'S-1-5-18') { throw 'stand-in: only tasks of SYSTEM are played' }
  $when = @($Trigger | ForEach-Object { @{ atStartup = $_.AtStartup; delay = "$($_.Delay)"; at = "$($_.At)" } })
  [void](Invoke-Lab register @{ path = "$TaskPath$TaskName"; execute = $Action[0].Execute; arguments = $Action[0].Arguments; folder = "$($Action[0].WorkingDirectory)"; triggers = $when })
  [pscustomobject]@{ TaskName = $TaskName; TaskPath = $TaskPath }
}
function Get-ScheduledTask {
  [CmdletBinding()] param([string[]]$TaskPath, [Parameter(Position = 0)][string[]]$TaskName)
  $t = Invoke-Lab task @{ path = "$TaskPath$TaskName" }
  if ($t.there) {
    $once = [pscustomobject]@{ StartBoundary = $t.boundary; Delay = '' }
    return [pscustomobject]@{ TaskName = "$TaskName"; Triggers = @($once, [pscustomobject]@{ StartBoundary = ''; Delay = $t.delay }) }
  }
  Write-Error -Message "No MSFT_ScheduledTask objects found with property 'TaskName' equal to '$TaskName'." -Category ObjectNotFound -ErrorId 'CmdletizationQuery_NotFound_TaskName'
}
# The scheduler starts it and does not wait.
function Start-ScheduledTask {
  [CmdletBinding()] param([string]$TaskPath, [Parameter(Position = 0)][string]$TaskName)
  [void](Invoke-Lab start @{ path = "$TaskPath$TaskName" })
}
function Unregister-ScheduledTask {
  [CmdletBinding(SupportsShouldProcess)] param([string]$TaskPath, [Parameter(Position = 0)][string]$TaskName)
  [void](Invoke-Lab unregister @{ path = "$TaskPath$TaskName" })
}

# Waits for nothing: the driver is there again when it returns, the link and the address are not.
function Restart-NetAdapter {
  [CmdletBinding(SupportsShouldProcess)] param([Parameter(Mandatory)]$InputObject)
  [void](Invoke-Lab restart @{ guid = $InputObject.InterfaceGuid })
}

# The COM object of the task scheduler, as far as a task is made that is deleted at once.
function New-Object {
  [CmdletBinding(DefaultParameterSetName = 'Net')] param([Parameter(Position = 0, ParameterSetName = 'Net')][string]$TypeName, [Parameter(Position = 1, ParameterSetName = 'Net')][object[]]$ArgumentList, [Parameter(ParameterSetName = 'Com')][string]$ComObject, [Collections.IDictionary]$Property)
  if (-not $ComObject) { return New-Object7 @PSBoundParameters }
  if ($ComObject -ne 'Schedule.Service') { throw "Retrieving the COM class factory for component with ProgID $ComObject failed: 80040154 Class not registered." }
  $folder = [pscustomobject]@{}
  $folder | Add-Member ScriptMethod RegisterTaskDefinition { param($name, $definition, $flags, $user, $password, $logon) [pscustomobject]@{ Name = $name } }
  $folder | Add-Member ScriptMethod DeleteTask { param($name, $flags) }
  $actions = [pscustomobject]@{}
  $actions | Add-Member ScriptMethod Create { param($type) [pscustomobject]@{ Path = ''; Arguments = '' } }
  $service = [pscustomobject]@{ Folder = $folder; Actions = $actions }
  $service | Add-Member ScriptMethod Connect { }
  $service | Add-Member ScriptMethod GetFolder { param($path) $this.Folder }
  $service | Add-Member ScriptMethod NewTask { param($flags) [pscustomobject]@{ Settings = [pscustomobject]@{ Enabled = $true }; Actions = $this.Actions } }
  $service
}

# Wine maps rights to the host's mode bits.
function Get-Acl {
  [CmdletBinding()] param([Parameter(Position = 0)][string[]]$Path)
  $s = if ([IO.Directory]::Exists($Path[0])) { [Security.AccessControl.DirectorySecurity]::new() } else { [Security.AccessControl.FileSecurity]::new() }
  $s.SetSecurityDescriptorSddlForm((Invoke-Lab rights).sddl)
  $s
}

function Get-WSManInstance {
  [CmdletBinding()] param([string]$ResourceURI)
  if ($ResourceURI -ne 'winrm/config') { throw "stand-in: resource $ResourceURI is not played" }
  $w = Invoke-Lab winrm
  $t = { param($flag) "$([bool]$flag)".ToLower() }
  $doc = [Xml.XmlDocument]::new()
  $doc.LoadXml("<Config><MaxEnvelopeSizekb>$($w.maxEnvelopeSizekb)</MaxEnvelopeSizekb><Service><AllowUnencrypted>$(& $t $w.allowUnencrypted)</AllowUnencrypted><Auth>" +
    "<Basic>$(& $t $w.basic)</Basic><Kerberos>$(& $t $w.kerberos)</Kerberos><Negotiate>$(& $t $w.negotiate)</Negotiate><Certificate>$(& $t $w.certificate)</Certificate></Auth></Service>" +
    "<Winrs><IdleTimeout>$($w.idleTimeout)</IdleTimeout><MaxShellsPerUser>$($w.maxShellsPerUser)</MaxShellsPerUser><MaxProcessesPerShell>$($w.maxProcessesPerShell)</MaxProcessesPerShell><MaxMemoryPerShellMB>$($w.maxMemoryPerShellMB)</MaxMemoryPerShellMB></Winrs></Config>")
  $doc.DocumentElement
}

# --- programs ---
function Invoke-Program($list) {
  $a = Invoke-Lab program @{ args = @($list | ForEach-Object { "$_" }) }
  $global:LASTEXITCODE = [int]$a.exit
  if ($a.output) { $a.output.TrimEnd("`n") -split "`n" }
}
function netsh.exe { Invoke-Program (@('netsh.exe') + $args) }
function shutdown.exe { Invoke-Program (@('shutdown.exe') + $args) }
function powercfg.exe { Invoke-Program (@('powercfg.exe') + $args) }
function schtasks.exe { Invoke-Program (@('schtasks.exe') + $args) }
